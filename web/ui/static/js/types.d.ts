// What goes over the wire, as the contract has it. Only the type checker reads this file.

export type State = "pending" | "held" | "approved" | "live" | "answered" | "rejected" | "withdrawn" | "erased";

export interface Author { name: string | null; handle: string | null; url: string | null; avatar: string | null; key?: string | null }
export interface Flag { kind: string; detail: string; span: [number, number] }

export interface Item {
  id: string; rev: number; kind: string; text: string; edited: boolean; lang: string | null; author: Author;
  source: string; url: string | null; posted_at: string; state: State; rank: string; votes: number;
  prompt?: number | null; tags?: string[]; similar?: number; paraphrase_of?: string | null; late?: boolean;
  // Chair and moderation views only.
  note?: string | null;
  // Moderation view only.
  support?: number;
  original?: string | null; flags?: Flag[]; received_at?: string; reason?: string | null; merged_into?: string | null;
  similar_to?: string[]; support?: number; reviewed_by?: Actor | null; filed_by?: string | null;
}

export interface Stage { now: string | null; next: string | null; prompt: number | null; since: string | null; blank: boolean; mode: "live" | "join" | "hold"; rev: number }
export interface Counts { pending: number | null; approved: number; answered: number; received: number; viewers: number }
export interface LiveEvent { slug: string; title: string; mode: string; state: "draft" | "open" | "closed"; zone: string; starts_at: string | null; ends_at: string | null; reasons: string[]; max_length: number; hashtags?: string[]; languages?: string[]; frozen?: boolean; policy?: { arrivals: string; hold_flagged: boolean; two_person: boolean } }
export interface Person { name: string; role: string; claimed: string | null }
/** A joined screen: it shows everything up to shown. Heard: within the last 60 s. */
export interface Screen { id: string; name: string; shown: number; behind_ms: number; last_seen: string; heard: boolean }
export interface Signal { id: string; from: { role: string; name: string }; to: "chair" | "moderators"; text: string; at: string; acked_at: string | null }

export type Message =
  | { type: "snapshot"; seq: number; epoch: string; event: LiveEvent; stage: Stage; items: Item[]; counts: Counts; signals?: Signal[]; who?: Person[]; screens?: Screen[] }
  | { type: "item"; seq: number; item: Item }
  | { type: "gone"; seq: number; id: string }
  | { type: "stage"; seq: number; stage: Stage }
  | { type: "tally"; seq: number; votes: Record<string, number>; support?: Record<string, number> }
  | { type: "counts"; seq: number; counts: Counts }
  | { type: "event"; seq: number; event: LiveEvent }
  | { type: "signal"; seq: number; signal: Signal }
  | { type: "presence"; seq: number; who: Person[]; screens: Screen[] };

/** One view, as it is after the messages so far. */
export interface Board {
  seq: number; epoch: string;
  event: LiveEvent | null; stage: Stage | null; counts: Counts | null;
  items: Map<string, Item>;
  /** Moderation view: who is there, and what the screens show. */
  who: Person[]; screens: Screen[];
  /** Chair and moderation views, the oldest first. */
  signals: Signal[];
}

export type Connection = "live" | "reconnecting" | "offline" | "refused";

export interface Actor { role: string; name: string }
export interface Past { rev: number; action: string; by: Actor; at: string; reason: string | null; before: { state: State } | null; after: { state: State } | null }

/** One of the reader's own. */
export interface Mine { id: string; kind: string; text: string; status: string; reason: string | null; merged_into: string | null; posted_at: string; receipt: string | null }

/** A decision that is on its way. Group: what was decided in one go. Late: its reason came after it, as a change of its own. Made: the item that it made of another. Review: it only reviews, under the two-person rule; by whom. */
export interface Decision { id: string; rev: number; from: State; action: string; body: Record<string, any>; at: string; text: string; group?: string; late?: boolean; made?: string; review?: string }
