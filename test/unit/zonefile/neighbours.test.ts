/** Which types may stand at a name and beside each other: DNAME (RFC 6672), DS (RFC 4035 section 2.4). */
import { describe, expect, it } from 'vitest'
import { readZones } from '../../../src/core/zonefile/index.ts'
import { judge, judgeMarked, placesOf, rdatasOf } from './zones.ts'

const ds = `{type: DS, value: {key_tag: 1, algorithm: 13, digest_type: 4, digest: ${'ab'.repeat(48)}}}`
const ns = '{type: NS, value: ns.example.net.}'
const dname = '{type: DNAME, value: new.example.net.}'
const marked = (record: string) => record.replace('type: ', 'type: ¦')

describe('a DNAME', () => {
  it('may stand beside other data', () => {
    const { model, problems } = judge(`  x: [${dname}, {type: A, value: 192.0.2.2}]`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', 'DNAME')).toEqual(['new.example.net.'])
  })

  it('may stand at the apex, if the nameservers are not below it', () => {
    const text = `soa: {mname: ns.example.net., rname: h.example.net.}\nrecords: {'@': [${ns}, ${dname}]}`
    const { model, problems } = readZones([{ file: 'a.test.yaml', text }])
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'a.test.', 'DNAME')).toEqual(['new.example.net.'])
    expect(placesOf(judge(`  '': ${dname}`).problems)).toEqual(['target-is-alias 4:28', 'below-cut 5:15'])
  })

  it.each([
    ['beside a CNAME', `x: [${dname}, {type: ¦CNAME, value: y.example.net.}]`, 'cname-and-other'],
    ['beside NS', `x: [${ns}, ${marked(dname)}]`, 'dname-and-other'],
    ['beside NS that comes later', `x: [${marked(dname)}, ${ns}]`, 'dname-and-other'],
    ['beside NS, by number', `x: [{type: ¦TYPE39, value: '\\# 1 00'}, ${ns}]`, 'dname-and-other'],
    ['with two values', 'x: {type: DNAME, values: [a.example.net., ¦b.example.net.]}', 'dname-and-other'],
    ['at a wildcard', `'*.x': ${marked(dname)}`, 'bad-value'],
  ])('cannot be %s', (_, record, code) => {
    const { model, problems, place } = judgeMarked(`  ${record}`)
    expect(placesOf(problems)).toEqual([`${code} ${place}`])
    expect(model).toBeNull()
  })
})

describe('a DS', () => {
  it('stands beside the NS of a delegation', () => {
    const { model, problems } = judge(`  x: [${ds}, ${ns}]`)
    expect(placesOf(problems)).toEqual([])
    expect(rdatasOf(model, 'x.example.test.', 'DS')).toEqual([`1 13 4 ${'ab'.repeat(48)}`])
  })

  it.each([
    ['at the apex', `'': ${marked(ds)}`, 'ds-misplaced'],
    ['without NS', `x: ${marked(ds)}`, 'ds-misplaced'],
    ['without NS, by number', `x: {type: ¦TYPE43, value: '\\# 5 0001080500'}`, 'ds-misplaced'],
    ['at a wildcard', `'*': ${marked(ds)}`, 'ds-misplaced'],
    ['below a delegation', `x: ${ns}\n  y.x: ${marked(ds)}`, 'ds-misplaced'],
    ['beside a CNAME', `x: [${ds}, {type: ¦CNAME, value: y.example.net.}]`, 'cname-and-other'],
  ])('cannot be %s', (_, record, code) => {
    const { model, problems, place } = judgeMarked(`  ${record}`)
    expect(placesOf(problems)).toEqual([`${code} ${place}`])
    expect(model).toBeNull()
  })
})
