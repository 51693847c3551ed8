/**
 * Every story of this folder, played. story.ts says how one is written.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { playStory } from './runner.ts'
import { readStory } from './story.ts'

const folder = new URL('./', import.meta.url)
const files = readdirSync(folder).filter(file => file.endsWith('.yaml'))

describe('stories', () => {
  it('are there', () => {
    expect(files.length).toBeGreaterThan(10)
  })

  it.each(files)('%s', async file => {
    await playStory(readStory(new URL(file, folder)))
  })

  it('fail where they expect something else', async () => {
    const story = readStory(new URL('member-dies-and-returns.yaml', folder))
    const wrong = story.steps.map(step => ('QUERY' in step ? { QUERY: { ...step.QUERY, ttl: 4_711 } } : step))
    await expect(playStory({ ...story, steps: wrong })).rejects.toThrow()
  })
})
