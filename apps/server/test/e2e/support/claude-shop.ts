import { randomUUID } from 'node:crypto'
import type { Attempt, LogEntry, Task } from '@optio/contract'
import { parseUsd } from '@optio/core'
import { costOf, type ModelApi, type ModelPrice, type ModelScript, promptWith } from '@optio/testkit'
import { expect } from 'vitest'
import { asRun, attemptsOf, detailOf, readLog } from './facts.ts'
import type { Place } from './place.ts'
import { Workshop } from './workshop.ts'

/** A key of the form that real ones have, and nobody's. */
export const KEY = `sk-ant-api03-${'not-a-real-key'.repeat(3)}`

/** The model of these tests, and what it costs: https://platform.claude.com/docs/en/about-claude/pricing. */
const MODEL = 'claude-opus-4-8'
const PRICE: ModelPrice = { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 }

/** What a server is told, so that the agents it starts are the real Claude Code, and talk to the stand-in. */
export function claudeEnvironment(
  bin: string,
  api: ModelApi,
): Record<'PATH' | 'ANTHROPIC_BASE_URL' | 'ANTHROPIC_API_KEY', string> {
  return {
    PATH: `${bin}:${process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'}`,
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: KEY,
  }
}

/** A connected repository whose tasks the real Claude Code does, as the script of the stand-in leads it. */
export class ClaudeShop {
  readonly shop: Workshop
  readonly api: ModelApi

  private constructor(shop: Workshop, api: ModelApi) {
    this.shop = shop
    this.api = api
  }

  static async open(
    place: Place,
    api: ModelApi,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<ClaudeShop> {
    const given = { agentCommand: null, defaultAgentType: 'claude-code', model: MODEL, ...settings }
    return new ClaudeShop(await Workshop.open(place, given), api)
  }

  get place(): Place {
    return this.shop.place
  }

  /** Its answer's `conversation` is the name of its requests at the stand-in. */
  async task(
    script: ModelScript,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ task: Task; conversation: string }> {
    const conversation = randomUUID()
    const { task } = await this.place.client.tasks.create({
      body: {
        title: 'A task',
        prompt: promptWith('Please answer the question.', { id: conversation, ...script }),
        repoUrl: this.shop.path,
        ...more,
      },
    })
    return { task: asRun(task), conversation }
  }

  async reaches(
    task: Task,
    states: Task['state'] | readonly Task['state'][],
    withinMs = 90_000,
  ): Promise<Task> {
    return await this.shop.reaches(task, states, withinMs)
  }

  async attempts(task: Task): Promise<Attempt[]> {
    return await attemptsOf(this.place.client, task.id)
  }

  async log(task: Task): Promise<LogEntry[]> {
    return await readLog(this.place.client, task.id)
  }

  /** Task and attempts say exactly what the stand-in billed: the same tokens, and what they cost by the price list. */
  async isBilled(task: Task, conversation: string): Promise<void> {
    const bill = this.api.billOf(conversation)
    const { task: now } = await detailOf(this.place.client, task.id)
    const attempts = await this.attempts(task)
    const sum = (of: (attempt: Attempt) => number) => attempts.reduce((total, each) => total + of(each), 0)
    const tokens = { inputTokens: bill.input + bill.cacheRead + bill.cacheWrite, outputTokens: bill.output }
    expect(now).toMatchObject(tokens)
    expect({ inputTokens: sum((a) => a.inputTokens), outputTokens: sum((a) => a.outputTokens) }).toEqual(
      tokens,
    )
    expect(attempts.map(({ costEstimated }) => costEstimated)).not.toContain(true)
    const cost = Number(parseUsd(now.costUsd))
    // The agent adds up its cost in binary fractions of a dollar.
    expect(Math.abs(cost - costOf(bill, PRICE) * 1e9)).toBeLessThan(10)
    expect(attempts.reduce((total, { costUsd }) => total + Number(parseUsd(costUsd)), 0)).toBe(cost)
  }
}

/** A commit of one file, by the agent's shell. */
export function commit(path = 'answer', content = 'right', message = `Change ${path}`): string {
  return `echo '${content}' > ${path} && git add ${path} && git commit --quiet -m '${message}' && git log --oneline -1`
}
