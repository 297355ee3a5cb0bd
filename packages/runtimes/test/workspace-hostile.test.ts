import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { commit, makeRepository, plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { canary, type RunInWorld, sandbox, type World, world } from './workspace-support/repositories.ts'

const root = sandbox()

/** Every way known to us in which a clone's own configuration makes git run something. */
function poison(clone: string, script: string): void {
  const hooks = join(clone, '.git', 'hooks')
  mkdirSync(hooks, { recursive: true })
  const names = [
    'post-checkout post-commit pre-commit post-index-change reference-transaction post-merge post-rewrite',
    'pre-push fsmonitor-watchman pre-auto-gc pre-receive update post-receive post-update',
  ]
  for (const name of names.join(' ').split(' ')) symlinkSync(script, join(hooks, name))
  writeFileSync(join(clone, 'included'), `[core]\n\tfsmonitor = ${script}\n`)
  appendFileSync(
    join(clone, '.git', 'config'),
    `[core]
	fsmonitor = ${script}
	hooksPath = ${hooks}
	sshCommand = ${script}
	gitProxy = ${script}
	pager = ${script}
	editor = ${script}
	askPass = ${script}
	alternateRefsCommand = ${script}
	attributesFile = ${join(clone, 'attributes')}
[include]
	path = ${join(clone, 'included')}
[alias]
	status = !${script}
	fetch = !${script}
	rev-list = !${script}
[filter "evil"]
	clean = ${script}
	smudge = ${script}
	process = ${script}
	required = true
[diff]
	external = ${script}
[diff "evil"]
	command = ${script}
	textconv = ${script}
[merge "evil"]
	driver = ${script} %A
[uploadpack]
	packObjectsHook = ${script}
[credential]
	helper = !${script}
[gpg]
	program = ${script}
[remote "promisor"]
	url = file://${clone}
	promisor = true
	uploadpack = ${script}
	receivepack = ${script}
[extensions]
	partialClone = promisor
[submodule "sub"]
	url = ext::${script}
	update = !${script}
[trace2]
	eventTarget = ${script}
`,
  )
  writeFileSync(join(clone, 'attributes'), '* filter=evil diff=evil merge=evil\n')
}

async function poisoned(): Promise<{ w: World; run: RunInWorld; trap: ReturnType<typeof canary> }> {
  const w = await world(root)
  const run = await w.run()
  const trap = canary(root)
  // The attributes are committed too, so that they reach every later checkout.
  writeFileSync(join(run.clone, '.gitattributes'), '* filter=evil diff=evil merge=evil\n')
  writeFileSync(
    join(run.clone, '.gitmodules'),
    `[submodule "sub"]\n\tpath = sub\n\turl = ext::${trap.script}\n`,
  )
  commit(run.clone, 'work', 'work\n')
  const nested = join(run.clone, 'nested')
  makeRepository(nested)
  poison(nested, trap.script)
  poison(run.clone, trap.script)
  writeFileSync(join(run.clone, 'work'), 'changed\n')
  trap.reset()
  return { w, run, trap }
}

describe('a clone whose configuration, hooks, attributes and aliases are hostile', () => {
  test('runs nothing at any step, and its commits are collected all the same', async () => {
    const { w, run, trap } = await poisoned()
    const proposal = await run.collect()
    expect(proposal).toMatchObject({ commitsAhead: 1, unreadable: null })
    expect(await w.workspaces.holdsUnsavedWork(run.runId)).toBe(true)
    const checkoutId = randomUUID()
    const commitSha = proposal.headSha ?? ''
    const { dir } = await w.workspaces.prepareCheckout({
      checkoutId,
      repositoryId: w.repositoryId,
      commit: commitSha,
    })
    expect(existsSync(join(dir, 'work'))).toBe(true)
    await w.workspaces.setAside(run.runId)
    expect(await run.prepare()).toEqual({ created: true })
    expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(commitSha)
    poison(run.clone, trap.script)
    expect(await run.prepare()).toEqual({ created: false })
    await w.refresh()
    await w.workspaces.remove(run.runId)
    expect(trap.wasRun()).toBe(false)
  })

  test('would have run it under git without precautions (the trap works)', async () => {
    for (const args of [['status'], ['diff'], ['checkout', '.'], ['add', '.']]) {
      const { run, trap } = await poisoned()
      try {
        plainGit(run.clone, ...args)
      } catch {
        // It may fail after it has run the trap.
      }
      expect(trap.wasRun(), args.join(' ')).toBe(true)
    }
  })
})

describe('a clone that is not what it was', () => {
  async function broken(change: (clone: string, w: World) => void): Promise<{ w: World; run: RunInWorld }> {
    const w = await world(root)
    const run = await w.run()
    commit(run.clone, 'work', 'work\n')
    change(run.clone, w)
    return { w, run }
  }

  const cases: Record<string, (clone: string, w: World) => void> = {
    'without .git': (clone) => rmSync(join(clone, '.git'), { recursive: true }),
    'that is gone': (clone) => rmSync(clone, { recursive: true }),
    'whose .git is a file': (clone) => {
      renameSync(join(clone, '.git'), join(clone, 'real'))
      writeFileSync(join(clone, '.git'), 'gitdir: real\n')
    },
    'whose .git is a link to another repository': (clone, w) => {
      rmSync(join(clone, '.git'), { recursive: true })
      symlinkSync(join(w.upstream, '.git'), join(clone, '.git'))
    },
    'that is a link itself': (clone, w) => {
      rmSync(clone, { recursive: true })
      symlinkSync(w.upstream, clone)
    },
    'whose objects are a link': (clone, w) => {
      rmSync(join(clone, '.git', 'objects'), { recursive: true })
      symlinkSync(join(w.upstream, '.git', 'objects'), join(clone, '.git', 'objects'))
    },
    'with a link among its objects': (clone) =>
      symlinkSync('/etc/passwd', join(clone, '.git', 'objects', 'pack', 'x')),
    'with a pipe among its objects': (clone) =>
      execFileSync('mkfifo', [join(clone, '.git', 'objects', 'pack', 'x')]),
    'with a pipe for HEAD and branch': (clone) => {
      for (const file of ['HEAD', 'refs/heads/optio/fix-it-12345678']) {
        rmSync(join(clone, '.git', file))
        execFileSync('mkfifo', [join(clone, '.git', file)])
      }
    },
    'with refs that are links': (clone) => {
      rmSync(join(clone, '.git', 'refs'), { recursive: true })
      symlinkSync('/etc', join(clone, '.git', 'refs'))
    },
    'whose objects are missing': (clone) => {
      rmSync(join(clone, '.git', 'objects'), { recursive: true })
      mkdirSync(join(clone, '.git', 'objects'))
    },
    'whose HEAD goes in circles': (clone) => {
      writeFileSync(join(clone, '.git', 'HEAD'), 'ref: refs/heads/optio/fix-it-12345678\n')
      writeFileSync(
        join(clone, '.git', 'refs/heads/optio/fix-it-12345678'),
        'ref: refs/heads/optio/fix-it-12345678\n',
      )
    },
  }
  test.each(Object.entries(cases))(
    '%s is unreadable in words, counts as work, and is not followed',
    async (name, change) => {
      const { w, run } = await broken(change)
      const proposal = await run.collect()
      expect(proposal).toMatchObject({
        headSha: null,
        commitsAhead: 0,
        unreadable: expect.stringMatching(/\w/),
      })
      expect(await w.workspaces.holdsUnsavedWork(run.runId)).toBe(name !== 'that is gone')
      await w.workspaces.setAside(run.runId)
      expect(await run.prepare()).toEqual({ created: true })
      const scratch = join(w.dataDir, 'scratch')
      expect(existsSync(scratch) ? readdirSync(scratch) : []).toEqual([])
    },
  )

  test('objects borrowed from elsewhere are not brought along', async () => {
    const secret = makeRepository(join(root, 'secret-repository'))
    const stolen = commit(secret, 'password', 'hunter2\n')
    const { w, run } = await broken((clone) => {
      writeFileSync(
        join(clone, '.git', 'objects', 'info', 'alternates'),
        `${join(secret, '.git', 'objects')}\n`,
      )
      plainGit(clone, 'update-ref', 'refs/heads/optio/fix-it-12345678', stolen)
    })
    expect(await run.collect()).toMatchObject({ headSha: null })
    expect(() => plainGit(w.mirror, 'cat-file', '-e', stolen)).toThrow()
  })

  const readable: Record<string, (clone: string) => void> = {
    'with a configuration git refuses': (clone) =>
      writeFileSync(join(clone, '.git', 'config'), '[[[ nonsense'),
    'that is shallow': (clone) =>
      writeFileSync(join(clone, '.git', 'shallow'), `${plainGit(clone, 'rev-parse', 'HEAD')}\n`),
    'with a graft': (clone) =>
      writeFileSync(join(clone, '.git', 'info', 'grafts'), `${plainGit(clone, 'rev-parse', 'HEAD')}\n`),
    'with a replaced commit': (clone) => {
      plainGit(clone, 'replace', '--graft', 'HEAD')
    },
    'with packed refs and packed objects': (clone) => {
      plainGit(clone, 'pack-refs', '--all')
      plainGit(clone, 'gc', '--quiet')
    },
    'with 20,000 refs': (clone) => {
      const head = plainGit(clone, 'rev-parse', 'HEAD')
      const lines = Array.from(
        { length: 20_000 },
        (_, i) => `${head} refs/heads/many/b${String(i).padStart(5, '0')}`,
      )
      writeFileSync(
        join(clone, '.git', 'packed-refs'),
        `# pack-refs with: peeled fully-peeled sorted \n${lines.join('\n')}\n`,
      )
    },
    'with a lying commit graph': (clone) => {
      mkdirSync(join(clone, '.git', 'objects', 'info'), { recursive: true })
      writeFileSync(join(clone, '.git', 'objects', 'info', 'commit-graph'), 'CGPH nonsense')
    },
    'whose branch was renamed': (clone) => {
      plainGit(clone, 'branch', '-m', 'my-own-name')
    },
    'whose work is on a detached HEAD': (clone) => {
      const head = plainGit(clone, 'rev-parse', 'HEAD')
      plainGit(clone, 'checkout', '--quiet', '--detach')
      plainGit(clone, 'update-ref', 'refs/heads/optio/fix-it-12345678', 'origin/main')
      plainGit(clone, 'checkout', '--quiet', head)
    },
    'whose branch ref is broken': (clone) => {
      plainGit(clone, 'checkout', '--quiet', '--detach')
      writeFileSync(join(clone, '.git', 'refs/heads/optio/fix-it-12345678'), 'nonsense\n')
    },
  }
  test.each(Object.entries(readable))('%s gives up its work nevertheless', async (_, change) => {
    const w = await world(root)
    const run = await w.run()
    const work = commit(run.clone, 'work', 'work\n')
    change(run.clone)
    expect(await run.collect()).toEqual({
      headSha: work,
      baseSha: plainGit(w.upstream, 'rev-parse', 'main'),
      commitsAhead: 1,
      unreadable: null,
    })
    expect(plainGit(w.mirror, 'rev-parse', `refs/optio/runs/${run.runId}/${run.branch}`)).toBe(work)
    expect(plainGit(w.mirror, 'for-each-ref', 'refs/optio/incoming', 'refs/heads/many')).toBe('')
  })

  test('a commit that git holds for malicious is not brought along', async () => {
    const { run } = await broken((clone) => {
      const blob = plainGit(clone, 'hash-object', '-w', 'work')
      const tree = execFileSync('git', ['mktree'], { cwd: clone, input: `100644 blob ${blob}\t.git\n` })
        .toString()
        .trim()
      const evil = plainGit(clone, 'commit-tree', tree, '-p', 'HEAD', '-m', 'evil')
      plainGit(clone, 'update-ref', 'refs/heads/optio/fix-it-12345678', evil)
    })
    expect(await run.collect()).toMatchObject({
      headSha: null,
      unreadable: expect.stringContaining('git fetch failed'),
    })
  })

  test('no commit at all is told from an unreadable one', async () => {
    const w = await world(root)
    const run = await w.run()
    const base = plainGit(w.upstream, 'rev-parse', 'main')
    expect(await run.collect()).toEqual({ headSha: base, baseSha: base, commitsAhead: 0, unreadable: null })
  })
})
