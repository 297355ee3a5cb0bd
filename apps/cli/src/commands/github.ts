import type { Command } from 'commander'
import type { Act } from '../act.ts'

const REPO = 'owner/name, or the beginning or end of its id'

/** `optio github …` */
export function defineGithubCommands(github: Command, act: Act): void {
  github
    .command('status')
    .description('say whether the credential works, what is left of the limits, and what is watched')
    .action(act(async () => (await import('../github/status.ts')).status))
}

/** `optio webhook …` */
export function defineWebhookCommands(webhook: Command, act: Act): void {
  webhook
    .command('install')
    .argument('<repo>', REPO)
    .description("register the webhook of a repository at GitHub, and wait for GitHub's ping")
    .option('--public-url <address>', "where GitHub reaches Optio (default: the server's OPTIO_PUBLIC_URL)")
    .action(act(async () => (await import('../github/webhook.ts')).install))
  webhook
    .command('status')
    .argument('<repo>', REPO)
    .description('say whether the webhook of a repository is registered and delivers')
    .action(act(async () => (await import('../github/webhook.ts')).status))
}
