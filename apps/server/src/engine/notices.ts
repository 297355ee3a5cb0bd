/** What processes tell each other over NOTIFY: ids only, and only hints; whoever misses one finds out on its next tick. */

/** There may be a free slot or a new candidate for one. */
export const CLAIM_NOTICE = 'claim'

/** A process is gone, and what it supervised is nobody's. */
export const ORPHANS_NOTICE = 'orphans'

/** An attempt or a check of this run is to be stopped. */
export const STOP_NOTICE = 'stop'

/** A person said something to the agent of an attempt. */
export const MESSAGE_NOTICE = 'message'

/** The state of a run changed. */
export const RUN_NOTICE = 'run'
