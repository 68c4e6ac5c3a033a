// An application without a server, on oidc-client-ts, and beside it a sign-in by oauth4webapi that checks signatures
// by the published keys. A test calls what stands in `app`.

import * as oauth from '/oauth4webapi.js'

const settings = await (await fetch('/settings.json')).json()
const { UserManager, WebStorageStateStore } = globalThis.oidc
const common = {
  authority: settings.issuer,
  client_id: settings.client_id,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/signed-out`,
  popup_redirect_uri: `${location.origin}/popup`,
  silent_redirect_uri: `${location.origin}/silent`,
  scope: settings.scope,
  loadUserInfo: true,
  automaticSilentRenew: false,
  silentRequestTimeoutInSeconds: 8,
  userStore: new WebStorageStateStore({ store: localStorage }),
}
const manager = new UserManager(common)

function shown(user) {
  return user && { profile: user.profile, token: user.access_token, refresh: user.refresh_token ?? null, left: user.expires_in }
}

async function tried(work) {
  try {
    return await work()
  } catch (error) {
    return { refused: { error: error.error ?? null, message: error.message } }
  }
}

async function signInByKeys(parameters) {
  const issuer = new URL(settings.issuer)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
  const verifier = oauth.generateRandomCodeVerifier()
  const kept = { server, verifier, state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce() }
  localStorage.setItem('kept', JSON.stringify(kept))
  const url = new URL(server.authorization_endpoint)
  const asked = {
    client_id: settings.client_id,
    redirect_uri: `${location.origin}/keys`,
    response_type: 'code',
    scope: 'openid',
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  location.assign(url)
}

async function finishByKeys() {
  const { server, verifier, state, nonce } = JSON.parse(localStorage.getItem('kept'))
  const client = { client_id: settings.client_id }
  const given = oauth.validateAuthResponse(server, client, new URL(location), state)
  const answer = await oauth.authorizationCodeGrantRequest(
    server, client, oauth.None(), given, `${location.origin}/keys`, verifier,
  )
  const options = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, options)
  await oauth.validateApplicationLevelSignature(server, answer)
  return { claims: oauth.getValidatedIdTokenClaims(tokens) }
}

globalThis.app = {
  login: (parameters) => manager.signinRedirect(parameters),
  user: async () => shown(await manager.getUser()),
  forget: () => manager.removeUser(),
  // Without a refresh token the library asks in a hidden frame, with one at the token endpoint.
  renew: () => tried(async () => shown(await manager.signinSilent())),
  popup: () => tried(async () => shown(await manager.signinPopup())),
  logout: () => manager.signoutRedirect({ state: 'left' }),
  logoutSilently: () => tried(async () => ({ done: (await manager.signoutSilent()) ?? null })),
  revoke: () => tried(async () => ({ done: (await manager.revokeTokens()) ?? null })),
  loginByKeys: signInByKeys,
  read: (url, init) => tried(async () => {
    const answer = await fetch(url, init)
    return { status: answer.status, type: answer.headers.get('content-type'), challenge: answer.headers.get('www-authenticate') }
  }),
}

const work = {
  '/callback': async () => shown(await manager.signinRedirectCallback()),
  '/silent': async () => ({ done: (await manager.signinSilentCallback()) ?? null }),
  '/popup': async () => ({ done: (await manager.signinPopupCallback()) ?? null }),
  '/signed-out': async () => {
    // Loaded in the library's hidden frame, or as the page to which the person came back.
    if (parent === self) return { state: (await manager.signoutRedirectCallback()).userState }
    return { done: (await manager.signoutSilentCallback()) ?? null }
  },
  '/keys': finishByKeys,
}[location.pathname]

globalThis.result = work ? await tried(work) : {}
