/** Loaded before the program: koffi is not to be found, as on a machine where it was not installed. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== 'koffi') return next(specifier, context)
    throw Object.assign(new Error(`Cannot find package 'koffi'`), { code: 'ERR_MODULE_NOT_FOUND' })
  },
})
