/**
 * Ties a shape to the type whose values it describes: a key that one of them lacks, or a word more in one of two lists,
 * is an error of the compiler. So what is published about an output cannot fall behind what is put out.
 * Brands of numbers count for nothing here, since JSON has none.
 */
import type { z } from 'zod'

/** As JSON would give it back. */
type Plain<T> = T extends number
  ? number
  : T extends readonly (infer E)[]
    ? readonly Plain<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Plain<T[K]> }
      : T

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : never) : never

/** `shapeOf<View>()(shape)` is the shape, and compiles only if it says what the type says. */
export function shapeOf<T>() {
  return <S extends z.ZodType>(shape: S & Same<Plain<z.infer<S>>, Plain<T>>): S => shape
}
