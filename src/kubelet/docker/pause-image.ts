/** The image of the container that holds a pod's namespaces. No registry is needed for it: it is made here. */
export const pauseImage = 'pinnace/pause:1'

/** The processors that the program below is written for, as Docker and ELF (e_machine) name them. */
const machines = { amd64: 62, arm64: 183 } as const

/**
 * The file system of the pause image as a tar archive: one program of 200 bytes at /pause. `architecture` is the engine's.
 * Throws for processors that it is not written for.
 */
export function pauseArchive(architecture: string): Buffer {
  if (architecture === 'amd64') return tar('pause', executable(machines.amd64, amd64))
  if (architecture === 'arm64') return tar('pause', executable(machines.arm64, arm64))
  throw new Error(`there is no pause program for ${architecture}`)
}

/*
 * sigaction(SIGCHLD, { handler: SIG_IGN }); for (;;) pause()
 *
 * Where containers share their processes it is process 1, and children whose parent ignores SIGCHLD leave no zombies.
 * The code ends with the kernel's `struct sigaction` (32 bytes: handler, flags, restorer, mask), of which only the handler is not 0.
 */
const base = 0x400000
const codeStart = 64 + 56
const ignore = [1, ...Array<number>(31).fill(0)]

const amd64 = Buffer.from([
  ...[0xb8, 13, 0, 0, 0], //                      mov eax, 13   rt_sigaction
  ...[0xbf, 17, 0, 0, 0], //                      mov edi, 17   SIGCHLD
  ...[0xbe, codeStart + 40, 0, 0x40, 0], //       mov esi, ignore
  ...[0x31, 0xd2], //                             xor edx, edx
  ...[0x41, 0xba, 8, 0, 0, 0], //                 mov r10d, 8   size of the mask
  ...[0x0f, 0x05], //                             syscall
  ...[0xb8, 34, 0, 0, 0], //                again: mov eax, 34  pause
  ...[0x0f, 0x05], //                             syscall
  ...[0xeb, 0xf7], //                             jmp again
  ...[0, 0, 0, 0, 0, 0],
  ...ignore,
])

const arm64 = Buffer.concat([
  words(
    0xd28010c8, //        mov x8, #134   rt_sigaction
    0xd2800220, //        mov x0, #17    SIGCHLD
    0x10000181, //        adr x1, ignore (48 bytes on)
    0xd2800002, //        mov x2, #0
    0xd2800103, //        mov x3, #8     size of the mask
    0xd4000001, //        svc #0
    0xd2800928, // again: mov x8, #73    ppoll: arm64 has no pause
    0xd2800000, //        mov x0, #0
    0xd2800001, //        mov x1, #0
    0xd2800002, //        mov x2, #0
    0xd2800003, //        mov x3, #0
    0xd4000001, //        svc #0
    0x17fffffa, //        b again
    0,
  ),
  Buffer.from(ignore),
])

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4)
  return bytes
}

/** A static ELF file of one segment, which is the whole file, readable and executable. */
function executable(machine: number, code: Buffer): Buffer {
  const file = Buffer.concat([Buffer.alloc(codeStart), code])
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]) // magic, 64 bits, little endian, version 1
  file.writeUInt16LE(2, 16) // e_type: executable
  file.writeUInt16LE(machine, 18)
  file.writeUInt32LE(1, 20) // e_version
  file.writeBigUInt64LE(BigInt(base + codeStart), 24) // e_entry
  file.writeBigUInt64LE(64n, 32) // e_phoff
  file.writeUInt16LE(64, 52) // e_ehsize
  file.writeUInt16LE(56, 54) // e_phentsize
  file.writeUInt16LE(1, 56) // e_phnum
  file.writeUInt32LE(1, 64) // p_type: load
  file.writeUInt32LE(5, 68) // p_flags: read, execute
  file.writeBigUInt64LE(BigInt(base), 80) // p_vaddr
  file.writeBigUInt64LE(BigInt(base), 88) // p_paddr
  file.writeBigUInt64LE(BigInt(file.length), 96) // p_filesz
  file.writeBigUInt64LE(BigInt(file.length), 104) // p_memsz
  file.writeBigUInt64LE(0x10000n, 112) // p_align: the largest page size of either
  return file
}

/** A tar archive of one executable file. */
function tar(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  header.write(name)
  octal(0o755, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(content.length, 124, 12)
  octal(0, 136, 12)
  header.write('        0', 148) // the checksum as it counts itself, then the type: a file
  header.write('ustar\x0000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  )
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512)
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)])
}
