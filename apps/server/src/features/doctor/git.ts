import { OptioError } from '@optio/contract'
import { AGENT_IDENTITY, gitVersion, MINIMUM_GIT, OPTIO_IDENTITY } from '@optio/git'
import { type Examine, problem, well } from './surroundings.ts'

const found = { id: 'git', area: 'git', title: 'git' } as const

export const examineGit: Examine = async () => {
  try {
    const version = await gitVersion()
    const names = `Agents commit as “${AGENT_IDENTITY.name}” unless they say otherwise, Optio merges as “${OPTIO_IDENTITY.name}”; your own identity is not used.`
    return [well({ ...found, detail: `Version ${version}. ${names}` })]
  } catch (error) {
    const detail =
      error instanceof OptioError ? error.message : `git could not be run: ${(error as Error).message}`
    return [
      problem(
        { ...found, detail },
        `Install git ${MINIMUM_GIT} or newer (\`apt install git\`, \`brew install git\`).`,
      ),
    ]
  }
}
