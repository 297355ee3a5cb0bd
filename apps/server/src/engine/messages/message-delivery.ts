import type { AgentConversation, ParserState, Standing } from '@optio/agents'
import { cutText, OptioError } from '@optio/contract'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts, taskMessages } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import { MESSAGE_NOTICE } from '../notices.ts'
import { fenced } from '../supervise/fence.ts'
import type { Supervised } from '../supervise/supervised.ts'
import { TOLD } from './send-message.ts'

type MessageRow = typeof taskMessages.$inferSelect

/**
 * An agent that is done with its work but has not said that it heard everything is given so long. Nothing is lost by ending its
 * input too early: what is in it is still heard.
 */
const QUIET_MS = 3_000
const RETRY_MS = 1_000

/**
 * Brings what people say to the agent of an attempt into its standard input, and ends that input when the agent is done with
 * everything and nothing more is to come. Level-triggered: what is to be done is read from the rows, the input file, and the
 * state of the stream's parser, so that whoever adopts the attempt goes on with it.
 */
export class MessageDelivery {
  readonly #context: EngineContext
  readonly #supervised: Supervised
  readonly #conversation: AgentConversation
  readonly #dir: string
  readonly #unsubscribe: () => void
  #standing: Standing = { concluded: false, heard: 0 }
  #isQuiet = false
  #isOver = false
  #isWanted = false
  #looking: Promise<void> | null = null
  #quietTimer: NodeJS.Timeout | undefined
  #retryTimer: NodeJS.Timeout | undefined

  /** @param dir directory of the agent's step, whose input grows. */
  constructor(context: EngineContext, supervised: Supervised, conversation: AgentConversation, dir: string) {
    this.#context = context
    this.#supervised = supervised
    this.#conversation = conversation
    this.#dir = dir
    this.#unsubscribe = context.notify.subscribe({
      notice: ({ k, attemptId }) => {
        if (k === MESSAGE_NOTICE && attemptId === supervised.attempt.id) this.#want()
      },
      readAgain: () => this.#want(),
    })
    // What was said before anybody listened, or left over by a process that died.
    this.#want()
  }

  /** Told the state of the stream's parser whenever it is stored. */
  follow(state: ParserState): void {
    this.#standing = this.#conversation.standing(state)
    this.#isQuiet = false
    clearTimeout(this.#quietTimer)
    this.#quietTimer = undefined
    if (this.#standing.concluded) this.#want()
  }

  /** Delivers nothing any more. Resolves when nothing is touched. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#unsubscribe()
    clearTimeout(this.#quietTimer)
    clearTimeout(this.#retryTimer)
    await this.#looking
  }

  #want(): void {
    if (this.#isOver) return
    this.#isWanted = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
      // Asked for after the last look, and before this.
      if (this.#isWanted) this.#want()
    })
  }

  async #look(): Promise<void> {
    while (this.#isWanted && !this.#isOver) {
      this.#isWanted = false
      try {
        const { isClosed, given } = await this.#context.database.transaction((tx) => this.#take(tx))
        if (isClosed) {
          await this.#context.runtime.endInput(this.#dir)
          this.#isOver = true
        } else if (this.#standing.concluded && this.#standing.heard < given) {
          this.#quietTimer ??= setTimeout(() => {
            this.#isQuiet = true
            this.#want()
          }, QUIET_MS)
        }
      } catch (error) {
        if (error instanceof OptioError && error.code === 'FENCED') return
        const { id } = this.#supervised.attempt
        this.#context.log.warn(
          { attempt: id, err: error },
          'messages could not be delivered; it is tried again',
        )
        clearTimeout(this.#retryTimer)
        this.#retryTimer = setTimeout(() => this.#want(), RETRY_MS)
      }
    }
  }

  /** Delivers what is pending; where nothing is, and the agent is done, nothing more will be. */
  async #take(tx: Transaction): Promise<{ readonly isClosed: boolean; readonly given: number }> {
    const { attempt } = this.#supervised
    await fenced(tx, this.#supervised)
    const [row] = await tx
      .select({ closedAt: attempts.inputClosedAt })
      .from(attempts)
      .where(eq(attempts.id, attempt.id))
    const pending = await tx
      .select()
      .from(taskMessages)
      .where(and(eq(taskMessages.attemptId, attempt.id), eq(taskMessages.state, 'pending')))
      .orderBy(asc(taskMessages.number))
    const given =
      1 +
      (await tx.$count(
        taskMessages,
        and(eq(taskMessages.attemptId, attempt.id), eq(taskMessages.state, 'delivered')),
      ))
    if (row?.closedAt) return { isClosed: true, given }
    const isHeard = pending.length === 0 || (await this.#deliver(tx, pending))
    if (pending.length > 0 && isHeard) return { isClosed: false, given: given + pending.length }
    // Its supervisor may have ended the input because no Optio came for long; what is pending stays undelivered then.
    if (isHeard && !this.#isDone(given)) return { isClosed: false, given }
    await tx.update(attempts).set({ inputClosedAt: sql`now()` }).where(eq(attempts.id, attempt.id))
    return { isClosed: true, given }
  }

  #isDone(given: number): boolean {
    const { concluded, heard } = this.#standing
    return concluded && (heard >= given || heard === 0 || this.#isQuiet)
  }

  /**
   * The input first: should this transaction be lost, whoever does it again finds the lines there and writes none twice. The
   * lock on the attempt's row is held meanwhile, so that nobody else writes. False when the input has ended.
   */
  async #deliver(tx: Transaction, messages: readonly MessageRow[]): Promise<boolean> {
    const { runtime, engineLog, agentAccess } = this.#context
    const { run, attempt } = this.#supervised
    const isWritten = await runtime.appendInput(
      this.#dir,
      messages.flatMap((message) =>
        this.#conversation.linesFor(message).map((text, index) => ({ key: `${message.id}.${index}`, text })),
      ),
    )
    if (!isWritten) return false
    const ids = messages.map(({ id }) => id)
    await tx
      .update(taskMessages)
      .set({ state: 'delivered', deliveredAt: sql`now()` })
      .where(inArray(taskMessages.id, ids))
    await engineLog.append(
      tx,
      run,
      attempt.number,
      messages.map(({ id, author, mode, content }) => ({
        logType: 'info',
        content: `${author} ${mode === 'soft' ? 'says' : 'interrupts'}: ${agentAccess.redact(content)}`,
        metadata: { messageId: id, author, mode },
      })),
    )
    await appendEvents(
      tx,
      messages.map(({ id, author, mode, content }) => ({
        ...{ workspaceId: run.workspaceId, runId: run.id, type: 'task:message', actor: 'optio' },
        message: cutText(agentAccess.redact(content), TOLD),
        data: { messageId: id, author, mode, state: 'delivered' },
      })),
    )
    return true
  }
}
