import { describe, expect, it } from 'vitest'
import { githubAddresses } from '../../src/github/addresses.ts'
import { fullNameOf, isOnServer } from '../../src/github/repository-url.ts'

describe('the addresses of a GitHub', () => {
  it.each([
    [{}, 'https://api.github.com', 'https://api.github.com/graphql', 'https://github.com'],
    [
      { GITHUB_API_URL: 'https://git.acme.test/api/v3/' },
      'https://git.acme.test/api/v3',
      'https://git.acme.test/api/graphql',
      'https://git.acme.test',
    ],
    [
      { GITHUB_API_URL: 'https://api.acme.ghe.com' },
      'https://api.acme.ghe.com',
      'https://api.acme.ghe.com/graphql',
      'https://acme.ghe.com',
    ],
    [
      { GITHUB_API_URL: 'http://127.0.0.1:4901', GITHUB_SERVER_URL: 'http://127.0.0.1:4902/' },
      'http://127.0.0.1:4901',
      'http://127.0.0.1:4901/graphql',
      'http://127.0.0.1:4902',
    ],
  ])('follow from %o', (env, apiUrl, graphqlUrl, serverUrl) => {
    expect(githubAddresses(env)).toEqual({ apiUrl, graphqlUrl, serverUrl })
  })

  it.each([
    'http://git.acme.test/api/v3',
    'git.acme.test',
    'https://u:p@git.acme.test',
    'ftp://x',
    'https://x/?a=b',
  ])('are refused in words: %s', (GITHUB_API_URL) => {
    expect(() => githubAddresses({ GITHUB_API_URL })).toThrow(/GITHUB_API_URL/)
  })
})

describe('the address of a repository', () => {
  const addresses = githubAddresses({})
  const enterprise = githubAddresses({ GITHUB_API_URL: 'https://git.acme.test:8443/api/v3' })

  it.each([
    'https://github.com/Acme/Shop',
    'https://github.com/Acme/Shop.git',
    'https://GitHub.com/Acme/Shop/',
    'https://www.github.com/Acme/Shop.git/',
    'http://github.com/Acme/Shop',
    'git@github.com:Acme/Shop.git',
    'github.com:Acme/Shop',
    'ssh://git@github.com/Acme/Shop.git',
    'ssh://git@ssh.github.com:443/Acme/Shop.git',
    '  https://github.com/Acme/Shop  ',
  ])('is understood as %s', (url) => {
    expect(fullNameOf(addresses, url)).toBe('Acme/Shop')
    expect(isOnServer(addresses, url)).toBe(true)
  })

  it('keeps dots and dashes of a name', () => {
    expect(fullNameOf(addresses, 'https://github.com/a-b/c.d_e-f.js')).toBe('a-b/c.d_e-f.js')
  })

  it('on a server of one’s own has its port', () => {
    expect(fullNameOf(enterprise, 'https://git.acme.test:8443/a/b')).toBe('a/b')
    expect(fullNameOf(enterprise, 'ssh://git@git.acme.test:2222/a/b.git')).toBe('a/b')
    expect(fullNameOf(enterprise, 'git@git.acme.test:a/b.git')).toBe('a/b')
    expect(() => fullNameOf(enterprise, 'https://git.acme.test/a/b')).toThrow(/GITHUB_API_URL/)
  })

  it.each([
    ['https://gitlab.com/a/b', 'UNSUPPORTED'],
    ['git@gitlab.com:a/b', 'UNSUPPORTED'],
    ['https://github.com/a', 'VALIDATION'],
    ['https://github.com/a/b/pull/3', 'VALIDATION'],
    ['https://github.com/a/..', 'VALIDATION'],
    ['https://github.com/a%2Fb/c', 'VALIDATION'],
    ['https://github.com/a/b%0Ac', 'VALIDATION'],
    ['https://user:pass@github.com/a/b', 'VALIDATION'],
    ['https://ghp_x@github.com/a/b', 'VALIDATION'],
    ['ext::sh -c id', 'VALIDATION'],
    ['/tmp/repo', 'VALIDATION'],
    ['file:///tmp/repo', 'VALIDATION'],
    ['', 'VALIDATION'],
  ])('%s is refused in words (%s)', (url, code) => {
    let thrown: unknown
    try {
      fullNameOf(addresses, url)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code })
    expect(String(thrown)).not.toMatch(/ghp_x|pass/)
  })
})
