import { AGENT_REQUIREMENTS } from '@optio/agents'

/** A credential that is recognised by how it begins; letters, digits, `_` and `-` follow. */
export interface TokenForm {
  readonly prefix: string
  /** Characters that follow at least. */
  readonly least: number
}

/** Of GitHub: personal, OAuth, of a user or an installation of an app, refresh; and fine-grained ones. */
const OF_GITHUB: readonly TokenForm[] = [
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((prefix) => ({ prefix, least: 30 })),
  { prefix: 'github_pat_', least: 30 },
]

/** What is taken out of texts although nobody told of it. */
export const TOKEN_FORMS: readonly TokenForm[] = [
  ...OF_GITHUB,
  ...AGENT_REQUIREMENTS.flatMap(({ secretForm }) => secretForm ?? []),
]
