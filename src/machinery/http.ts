/**
 * node:http. An import of it reads every member, and some of them load all of undici when they are read: a tenth of a start, for
 * what nobody here uses.
 */
export const http = process.getBuiltinModule('node:http')
