/** SipHash-2-4 as the paper writes it, on 64-bit integers. */
export function sipModel(key: Uint8Array, message: Uint8Array): bigint {
  const mask = (1n << 64n) - 1n
  const word = (bytes: Uint8Array, at: number) => new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true)
  const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & mask
  const k = [word(key, 0), word(key, 8)] as const
  let [a, b, c, d] = [
    k[0] ^ 0x736f6d6570736575n,
    k[1] ^ 0x646f72616e646f6dn,
    k[0] ^ 0x6c7967656e657261n,
    k[1] ^ 0x7465646279746573n,
  ]
  const rounds = (count: number) => {
    for (let round = 0; round < count; round++) {
      a = (a + b) & mask
      b = rotate(b, 13n) ^ a
      a = rotate(a, 32n)
      c = (c + d) & mask
      d = rotate(d, 16n) ^ c
      a = (a + d) & mask
      d = rotate(d, 21n) ^ a
      c = (c + b) & mask
      b = rotate(b, 17n) ^ c
      c = rotate(c, 32n)
    }
  }
  const padded = new Uint8Array((message.length >> 3) * 8 + 8)
  padded.set(message)
  padded[padded.length - 1] = message.length
  for (let at = 0; at < padded.length; at += 8) {
    d ^= word(padded, at)
    rounds(2)
    a ^= word(padded, at)
  }
  c ^= 0xffn
  rounds(4)
  return a ^ b ^ c ^ d
}
