import type { ModelScript } from './script.ts'

const COMMIT =
  'git add --all && git -c user.name="Stand-in" -c user.email=stand-in@example.invalid commit --quiet --message "Add a file by the stand-in of a model"'

/** What prompts get that carry no script: enough to see an agent work, and to be told that there is no model. */
export const USUAL_SCRIPT: ModelScript = {
  turns: [
    {
      when: { prompt: 'checks? failed' },
      steps: [{ say: 'The checks failed. I am a stand-in that follows a script: I can’t find out why.' }],
    },
  ],
  steps: [
    {
      think: 'There is no model here, so there is nothing to think about.',
      say: 'I am no AI: I follow a script. I write a file and commit it.',
      write: { path: 'STAND-IN.md', content: 'Written by the stand-in of a model.\n' },
    },
    { run: COMMIT },
    { say: 'STAND-IN.md is written and committed. That is all I can do.' },
  ],
}
