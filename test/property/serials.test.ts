/**
 * Serials over runs that end by a crash at any point, or cleanly: what anybody may have seen is never seen again with
 * another content, and the serial only grows. The disk takes a save at some time after it was asked for, or never.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Name, nameKey, parseName } from '../../src/core/name/name.ts'
import type { SavedSerial } from '../../src/core/state/index.ts'
import { addToSerial, isLater, laterSerial } from '../../src/core/transfer/serial.ts'
import { createSerials } from '../../src/shell/serials.ts'

const name = parseName('a.test.', null) as Name
const key = nameKey(name)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ version: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2_000 })) }) },
  { weight: 4, arbitrary: fc.constant({ disk: true as const }) },
  { weight: 1, arbitrary: fc.constant({ look: true as const }) },
)
const run = fc.record({
  steps: fc.array(step, { maxLength: 40 }),
  isClean: fc.boolean(),
  /** Nothing changed while nobody was there. */
  isCalm: fc.boolean(),
  /** What the file asks for, behind or ahead of where it all began; a serial may not jump half the circle. */
  ahead: fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
})

test('a serial is never given out twice, however the runs before it ended', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.array(run, { minLength: 1, maxLength: 6 }),
      async (from, runs) => {
        let onDisk: Omit<SavedSerial, 'zone'> | null = { serial: from }
        let last: { readonly serial: number; readonly content: number } | null = null
        let content = 0
        for (const { steps, isClean, isCalm, ahead } of runs) {
          const asked: (() => void)[] = []
          const serials = createSerials(() => 0)
          const save = () => {
            onDisk = serials.kept(key)
          }
          serials.recall(new Map(onDisk === null ? [] : [['a.test.', onDisk]]), () => {
            return new Promise(resolve => {
              asked.push(() => {
                save()
                resolve(true)
              })
            })
          })
          const wanted = addToSerial(from, ahead)
          let first = serials.firstOf(name, { serial: wanted, isFixed: true }, null)
          // What is captured first is what the run before gave out last, or not.
          const resumes = serials.resumed(name, first)
          if (!isCalm) content++
          const isResumed = resumes !== null && resumes === String(content)
          serials.watch([{ key, name, first }])
          if (resumes !== null && !isResumed) first = laterSerial(first, wanted)
          /** Serials that wait for the disk, in the order in which they are given out. */
          let giving = Promise.resolve()
          const given: { readonly serial: number; readonly content: number }[] = []
          let made = first
          const give = (serial: number) => {
            const held = content
            giving = giving.then(async () => {
              await serials.secure(key, serial)
              serials.give(key, serial, String(held))
              given.push({ serial, content: held })
            })
          }
          give(first)
          for (const next of steps) {
            if ('version' in next) {
              made = next.version === 1 ? laterSerial(made, 0) : laterSerial(made, addToSerial(made, next.version))
              content++
              give(made)
            } else if ('disk' in next) for (const done of asked.splice(0)) done()
            // Beside what is asked for, state is saved whenever there is another reason.
            else save()
            for (let i = 0; i < 10; i++) await Promise.resolve()
          }
          for (const next of given) {
            if (last !== null && last.serial === next.serial) expect(next.content).toBe(last.content)
            else if (last !== null) expect(isLater(next.serial, last.serial)).toBe(true)
            last = next
          }
          if (!isClean) continue
          serials.close()
          save()
        }
      },
    ),
    { numRuns: 300, seed: 7 },
  )
})
