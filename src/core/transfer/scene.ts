/**
 * One generation as transfers look at it: the snapshot, where its rotations are read, and the memory that every look
 * reuses, so that looking at a set costs nothing but what is found.
 */
import { createNameScan, type NameScan } from '../name/scan.ts'
import type { RotationSource } from '../ports.ts'
import { createTurn, type Turn } from '../rotation/types.ts'
import type { Snapshot } from '../zone/layout.ts'
import { createFinding, type Finding } from '../zone/lookup.ts'
import type { Trail } from '../zone/reach.ts'
import { createRecordRef, type RecordRef } from './record.ts'

export interface Scene {
  readonly snapshot: Snapshot
  readonly rotation: RotationSource
  readonly turn: Turn
  readonly name: NameScan
  readonly finding: Finding
  readonly trail: Trail
  readonly ref: RecordRef
}

export function createScene(snapshot: Snapshot, rotation: RotationSource): Scene {
  return {
    snapshot,
    rotation,
    turn: createTurn(),
    name: createNameScan(),
    finding: createFinding(),
    trail: { ttl: 0 },
    ref: createRecordRef(),
  }
}
