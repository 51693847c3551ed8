/**
 * node:http, taken in a way that loads nothing else. An import by name looks at every export of the module, also at
 * WebSocket and its like, and that loads a second HTTP client with some 2 MB of heap, which nobody here uses.
 */
export const { createServer, request } = process.getBuiltinModule('node:http')
