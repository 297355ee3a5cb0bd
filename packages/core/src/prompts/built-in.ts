import type { PromptTemplateKind } from '../definitions.ts'

const FIX = (opening: string) => `# {{ title }}

${opening}
{% if instructions %}
## Further instructions

{{ instructions }}
{% endif %}{% if problems %}
{{ problems }}
{% endif %}{% if dependencies %}
{{ dependencies }}
{% endif %}
## The task

{{ task }}

{{ rules }}
`

/** Of work that begins: on a repository, or without one. */
const WORK = `# {{ title }}
{% if opening %}
{{ opening }}
{% endif %}{% if instructions %}
## Further instructions

{{ instructions }}
{% endif %}{% if problems %}
{{ problems }}
{% endif %}{% if dependencies %}
{{ dependencies }}
{% endif %}
## The task

{{ task }}

{{ rules }}
`

/** What agents are given where nobody has written a template for them. */
export const BUILT_IN_TEMPLATES: Readonly<Record<PromptTemplateKind, string>> = {
  prompt: WORK,
  ci_fix: FIX('Your work is in a pull request, and its checks failed. Mend what is wrong and commit.'),
  review_fix: FIX('Your work is in a pull request, and its reviewers want changes. Make them and commit.'),
  conflict_fix: FIX(
    'Your work is in a pull request that no longer fits its base branch. Make it fit and commit.',
  ),
  review: `# Review of a pull request{% if pr_number %} (#{{ pr_number }}){% endif %}

Somebody proposes a change to {{ repo }}. Judge it as a careful colleague would: whether it does what its task asks, whether it is correct, what it breaks, what is untested, whether it is safe. Say only what you have checked in the code; leave out praise and matters of taste.
{% if opening %}
{{ opening }}
{% endif %}{% if instructions %}
## What to look at in particular

{{ instructions }}
{% endif %}
## The change

You are in a checkout of commit {{ head }}. See what is proposed with:

    git diff {{ base_sha }}...{{ head }}
    git log {{ base_sha }}..{{ head }}

Read the code around it too, and run what helps you to judge.

## The task it is for

{{ task }}
{% if summary %}
{{ summary }}
{% endif %}{% if problems %}
{{ problems }}
{% endif %}
{{ rules }}
`,
  job: WORK,
  task: `{{ body }}
`,
}
