// ts-mls behind JSON lines: one request a line on stdin, one answer a line on stdout. `../README.md` has the requests.
import { createInterface } from "node:readline"
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPubAndRatchetTree,
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  joinGroupExternal,
  mlsExporter,
  nobleCryptoProvider,
  processMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"

const SUITES = {
  1: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
  3: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519",
}
// The life of what this peer makes, in seconds: a week.
const LIFE_S = 604_800
// The head of an MLSMessage that holds a KeyPackage: version mls10, wire format mls_key_package.
const KEY_PACKAGE_HEAD = "00010005"
const CONFIG = {
  ...defaultClientConfig,
  keyRetentionConfig: { ...defaultClientConfig.keyRetentionConfig, retainKeysForEpochs: 8 },
}

const capabilities = () => ({
  versions: ["mls10"],
  ciphersuites: Object.values(SUITES),
  extensions: [0x000a, 0xf100],
  proposals: [],
  credentials: ["basic"],
})
const octets = (hex) => new Uint8Array(Buffer.from(hex ?? "", "hex"))
const hex = (octets) => Buffer.from(octets).toString("hex")
const suite = (id) => getCiphersuiteImpl(getCiphersuiteFromName(SUITES[id]), nobleCryptoProvider)

// ts-mls 1.6.4 writes and reads the extension external_pub as the bare key, where RFC 9420 has a vector with its length. The
// length is put before the key that goes into a GroupInfo, and taken from the one that comes out of it.
const withLength = (key) => new Uint8Array([key.length, ...key])
const withoutLength = (key) => (key.length === 33 && key[0] === 32 ? key.slice(1) : key)
const forGroupInfo = (impl) => ({
  ...impl,
  hpke: {
    ...impl.hpke,
    exportPublicKey: async (key) => withLength(await impl.hpke.exportPublicKey(key)),
    importPublicKey: (key) => impl.hpke.importPublicKey(withoutLength(key)),
  },
})

let identity
const keyPackages = []
const groups = new Map()

function decoded(message) {
  const [value, read] = decodeMlsMessage(octets(message), 0) ?? []
  if (read * 2 !== message.length) throw new Error("no MLSMessage")
  return value
}

function entry(request) {
  const found = groups.get(request.group)
  if (!found) throw new Error("no such group")
  return found
}

async function made(impl, extensions = []) {
  const now = BigInt(Math.floor(Date.now() / 1000))
  const life = { notBefore: now - 3600n, notAfter: now + BigInt(LIFE_S) }
  return generateKeyPackageWithKey(identity.credential, capabilities(), life, extensions, identity.keys, impl)
}

const leafOf = (state, credential) => {
  const index = state.ratchetTree.findIndex(
    (node) => node?.nodeType === "leaf" && hex(node.leaf.credential.identity) === credential,
  )
  if (index < 0) throw new Error("no such member")
  return index / 2
}

const answers = {
  async identity(request) {
    identity = {
      credential: { credentialType: "basic", identity: octets(request.credential) },
      keys: { signKey: octets(request.seed), publicKey: octets(request.public) },
    }
    return {}
  },
  async key_package(request) {
    const impl = await suite(request.suite)
    const lastResort = { extensionType: 0x000a, extensionData: new Uint8Array() }
    const pair = await made(impl, request.last_resort ? [lastResort] : [])
    keyPackages.push({ ...pair, isLastResort: request.last_resort ?? false })
    const message = { version: "mls10", wireformat: "mls_key_package", keyPackage: pair.publicPackage }
    return { key_package: hex(encodeMlsMessage(message)).slice(KEY_PACKAGE_HEAD.length) }
  },
  async create(request) {
    const impl = await suite(request.suite)
    const own = await made(impl)
    const state = await createGroup(octets(request.group), own.publicPackage, own.privatePackage, [], impl, CONFIG)
    groups.set(request.group, { state, impl })
    return answers.commit(request)
  },
  async join(request) {
    const message = decoded(request.welcome)
    const impl = await getCiphersuiteImpl(getCiphersuiteFromName(message.welcome.cipherSuite), nobleCryptoProvider)
    for (const pair of keyPackages) {
      try {
        const state = await joinGroup(
          message.welcome, pair.publicPackage, pair.privatePackage, emptyPskIndex, impl, undefined, undefined, CONFIG,
        )
        const group = hex(state.groupContext.groupId)
        groups.set(group, { state, impl })
        if (!pair.isLastResort) keyPackages.splice(keyPackages.indexOf(pair), 1)
        return { group, epoch: Number(state.groupContext.epoch) }
      } catch (error) {
        if (pair === keyPackages.at(-1)) throw error
      }
    }
    throw new Error("no KeyPackage")
  },
  async group_info(request) {
    const { state, impl } = entry(request)
    const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], forGroupInfo(impl))
    return { group_info: hex(encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo })) }
  },
  async external_join(request) {
    const { groupInfo } = decoded(request.group_info)
    const impl = await getCiphersuiteImpl(
      getCiphersuiteFromName(groupInfo.groupContext.cipherSuite), nobleCryptoProvider,
    )
    const own = await made(impl)
    const importing = { ...impl, hpke: { ...impl.hpke, importPublicKey: forGroupInfo(impl).hpke.importPublicKey } }
    const { publicMessage, newState } = await joinGroupExternal(
      groupInfo, own.publicPackage, own.privatePackage, request.resync ?? false, importing, undefined, CONFIG, octets(request.aad),
    )
    groups.set(request.group, { impl, pending: newState })
    const commit = { version: "mls10", wireformat: "mls_public_message", publicMessage }
    return { commit: hex(encodeMlsMessage(commit)), welcome: null }
  },
  async commit(request) {
    const found = entry(request)
    const add = (request.add ?? []).map((keyPackage) => ({
      proposalType: "add",
      add: { keyPackage: decoded(KEY_PACKAGE_HEAD + keyPackage).keyPackage },
    }))
    const remove = (request.remove ?? []).map((credential) => ({
      proposalType: "remove",
      remove: { removed: leafOf(found.state, credential) },
    }))
    const result = await createCommit(
      { state: found.state, cipherSuite: found.impl },
      { extraProposals: [...remove, ...add], ratchetTreeExtension: true, authenticatedData: octets(request.aad) },
    )
    found.pending = result.newState
    const welcome = result.welcome && { version: "mls10", wireformat: "mls_welcome", welcome: result.welcome }
    return { commit: hex(encodeMlsMessage(result.commit)), welcome: welcome ? hex(encodeMlsMessage(welcome)) : null }
  },
  async confirm(request) {
    const found = entry(request)
    if (!found.pending) throw new Error("no commit waits")
    found.state = found.pending
    found.pending = undefined
    return { epoch: Number(found.state.groupContext.epoch) }
  },
  async discard(request) {
    entry(request).pending = undefined
    return {}
  },
  async forget(request) {
    groups.delete(request.group)
    return {}
  },
  async encrypt(request) {
    const found = entry(request)
    const result = await createApplicationMessage(
      found.state, octets(request.content), found.impl, octets(request.aad),
    )
    found.state = result.newState
    const message = { version: "mls10", wireformat: "mls_private_message", privateMessage: result.privateMessage }
    return { message: hex(encodeMlsMessage(message)) }
  },
  async process(request) {
    const found = entry(request)
    const message = decoded(request.message)
    // ts-mls 1.6.4 does not see its removal where the same commit gives its leaf to another. The library asks about a commit
    // once it has checked who sent it, before it reads the path that is not for us.
    const own = found.state.privatePath.leafIndex
    const removesUs = ({ proposal }) => proposal.proposalType === "remove" && proposal.remove.removed === own
    let isRemoved = false
    const judge = (incoming) => {
      isRemoved = incoming.kind === "commit" && incoming.proposals.some(removesUs)
      return isRemoved ? "reject" : "accept"
    }
    const result = await processMessage(message, found.state, emptyPskIndex, judge, found.impl)
    found.state = result.newState
    const head = message.privateMessage ?? message.publicMessage.content
    const aad = hex(head.authenticatedData)
    if (result.kind === "applicationMessage") {
      return { kind: "message", content: hex(result.message), aad, epoch: Number(head.epoch) }
    }
    found.pending = undefined
    if (isRemoved) groups.delete(request.group)
    return { kind: isRemoved ? "removed" : "commit", aad, epoch: Number(found.state.groupContext.epoch) }
  },
  async exporter(request) {
    const { state, impl } = entry(request)
    const { exporterSecret } = state.keySchedule
    const secret = await mlsExporter(exporterSecret, request.label, octets(request.context), request.len, impl)
    return { secret: hex(secret), epoch: Number(state.groupContext.epoch) }
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer
  try {
    const request = JSON.parse(line)
    const reply = answers[request.do]
    if (!reply) throw new Error(`no request ${request.do}`)
    answer = await reply(request)
  } catch (error) {
    answer = { error: String(error?.stack ?? error) }
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
