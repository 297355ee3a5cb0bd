export interface Hook {
  readonly id: number
  readonly repositoryId: number
  url: string
  secret: string | null
  events: readonly string[]
  active: boolean
  readonly createdAt: string
  updatedAt: string
  lastCode: number | null
}
