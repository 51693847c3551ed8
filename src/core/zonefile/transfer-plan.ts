/**
 * Who may have a zone and who is told of changes, as zone files and settings write it. Keys are named here and kept in
 * the settings, so a name is carried with its place until both can be compared.
 */
import type { Span } from '../base/problem.ts'

/** Empty lists: the zone is not transferred, nobody is told. */
export interface TransferPlan {
  readonly allow: readonly AllowRule[]
  readonly notify: readonly NotifyTarget[]
}

/** A client that fits both is admitted. */
export interface AllowRule {
  /** Null: no signature is needed. */
  readonly key: KeyUse | null
  /** Prefixes as in access lists; null: from anywhere. */
  readonly from: readonly string[] | null
}

export interface NotifyTarget {
  readonly to: { readonly host: string; readonly port: number }
  /** Signs what is sent there; null: it is not signed. */
  readonly key: KeyUse | null
  /** The local address that it is sent from, of the same family; null: that of the settings, if there is one. */
  readonly source: string | null
}

export interface KeyUse {
  /** Absolute and lower-case, as `xfr.`. */
  readonly name: string
  readonly span: Span
}

/** Every key that the plan names. */
export function keyUsesOf({ allow, notify }: TransferPlan): readonly KeyUse[] {
  return [...allow, ...notify].flatMap(({ key }) => (key === null ? [] : [key]))
}

/** True if anybody may have the zone. */
export function isTransferred({ allow }: TransferPlan): boolean {
  return allow.length > 0
}

export const noTransfer: TransferPlan = { allow: [], notify: [] }
