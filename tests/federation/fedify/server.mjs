// A small ActivityPub server on Fedify: it follows who it is told to, and keeps all that its inbox accepts.
// Fedify's own code signs, fetches keys, and judges signatures and proofs of what arrives.
import { createServer } from "node:http";
import { createFederation, generateCryptoKeyPair, MemoryKvStore, signObject, verifyObject, verifyRequest } from "@fedify/fedify";
import { Accept, Activity, Create, Delete, Endpoints, Follow, Person, Undo, Update, lookupObject } from "@fedify/vocab";
import { lookupWebFinger } from "@fedify/webfinger";

const NAME = "reader";
const received = [];
const keyPairs = Promise.all([generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), generateCryptoKeyPair("Ed25519")]);

function makeFederation(firstKnock) {
  const federation = createFederation({ kv: new MemoryKvStore(), allowPrivateAddress: true, firstKnock });
  federation
    .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
      if (identifier !== NAME) return null;
      const keys = await ctx.getActorKeyPairs(identifier);
      return new Person({
        id: ctx.getActorUri(identifier),
        preferredUsername: identifier,
        inbox: ctx.getInboxUri(identifier),
        endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
        publicKey: keys[0].cryptographicKey,
        assertionMethods: keys.map((key) => key.multikey),
      });
    })
    .setKeyPairsDispatcher(() => keyPairs);
  const inbox = federation.setInboxListeners("/users/{identifier}/inbox", "/inbox");
  for (const kind of [Accept, Create, Update, Delete]) {
    inbox.on(kind, async (_ctx, activity) => {
      received.push({ accepted: true, type: kind.name, id: activity.id?.href });
    });
  }
  inbox.onError((_ctx, error) => console.error(String(error)));
  return federation;
}

const federations = {
  rfc9421: makeFederation("rfc9421"),
  cavage: makeFederation("draft-cavage-http-signatures-12"),
};

// What Fedify's verifiers say of the same bytes by themselves, before its inbox sees them.
async function judged(request, ctx) {
  const options = { documentLoader: ctx.documentLoader, contextLoader: ctx.contextLoader };
  const content = await request.clone().json();
  const key = await verifyRequest(request.clone(), options);
  const kind = { Create, Update, Delete }[content.type];
  const proved = kind ? await verifyObject(kind, content, options) : null;
  const broken = structuredClone(content);
  broken.published = "2001-01-01T00:00:00Z";
  const forged = kind ? await verifyObject(kind, broken, options) : null;
  return {
    type: content.type,
    id: content.id,
    content,
    signedBy: key?.id?.href ?? null,
    isRfc9421: request.headers.has("signature-input"),
    isProved: proved != null,
    isForgeryProved: forged != null,
  };
}

const judgements = [];
let isOld = false; // whether to refuse RFC 9421, as a server does that knows only draft-cavage-12

async function control(path, asked, origin) {
  if (path === "/control/judgements") return { judgements, received };
  if (path === "/control/old") return { isOld: (isOld = true) };
  const federation = federations[asked.way ?? "rfc9421"];
  const ctx = federation.createContext(new URL(origin), undefined);
  if (path === "/control/find") {
    const found = await lookupWebFinger(new URL(asked.actor), { allowPrivateAddress: true });
    const actor = await lookupObject(new URL(asked.actor), ctx);
    const outbox = await actor.getOutbox(ctx);
    const followers = await actor.getFollowers(ctx);
    return {
      subject: found?.subject ?? null,
      kind: actor.constructor.name,
      inbox: actor.inboxId?.href,
      outboxTotal: outbox?.totalItems ?? null,
      followersTotal: followers?.totalItems ?? null,
    };
  }
  if (path === "/control/sign") {
    const [, ed25519] = await ctx.getActorKeyPairs(NAME);
    const id = ctx.getActorUri(NAME);
    const follow = new Follow({ id: new URL(`${id.href}#follow-0`), actor: id, object: new URL(asked.actor) });
    const signed = await signObject(follow, ed25519.privateKey, ed25519.multikey.id, ctx);
    const key = await ed25519.multikey.toJsonLd(ctx);
    return { signed: await signed.toJsonLd({ ...ctx, format: "compact" }), multibase: key.publicKeyMultibase };
  }
  const actor = await lookupObject(new URL(asked.actor), ctx);
  const me = ctx.getActorUri(NAME);
  const follow = new Follow({ id: new URL(`${me.href}#follow-1`), actor: me, object: actor.id });
  const undo = new Undo({ id: new URL(`${me.href}#undo-1`), actor: me, object: follow });
  await ctx.sendActivity({ identifier: NAME }, actor, path === "/control/follow" ? follow : undo, { immediate: true });
  return { sent: true };
}

createServer(async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const origin = `http://${incoming.headers.host}`;
  try {
    if (incoming.url.startsWith("/control/")) {
      const answer = await control(incoming.url, body.length ? JSON.parse(body) : {}, origin);
      outgoing.setHeader("Content-Type", "application/json").end(JSON.stringify(answer));
      return;
    }
    const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
    const request = new Request(origin + incoming.url, {
      method: incoming.method,
      headers: incoming.headers,
      body: hasBody ? body : undefined,
    });
    if (hasBody && isOld && request.headers.has("signature-input")) {
      outgoing.writeHead(401).end();
      return;
    }
    if (hasBody) {
      judgements.push(await judged(request, federations.rfc9421.createContext(request, undefined)));
    }
    const answer = await federations.rfc9421.fetch(request, { contextData: undefined });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    console.error(error);
    outgoing.writeHead(500).end(String(error));
  }
}).listen(Number(process.argv[2]), "127.0.0.1", () => console.log("ready"));
