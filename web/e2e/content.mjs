// An evening's worth of submissions, for the tests of how pages look and for screenshots. All people are made up; the
// telephone number is one of those reserved for drama.
export const NOW = ["If social media is blocked on our work PCs, how do front-line staff answer the residents who contact us there?", "Janet Okafor"];

export const QUEUE = [
  ["What happens when someone’s own post is picked up by the press?", ""],
  ["Has anyone measured what blocking actually saves?", "D. Morrison", "dmorrison"],
  ["Can small councils share one policy?", "Rhys ap Dafydd", "rhys"],
  ["How do we bring along managers who think every post is time wasted?", "Asha Patel"],
  ["Who should hold the log-ins when the comms officer is on leave?", "Helen", "helen@calder.example"],
  ["Does the panel let its own staff post from their desks?", "Tomasz K."],
];

export const ANSWERED = [
  ["Is anyone here training councillors as well as officers?", "Priya N.", "priya"],
  ["What was the first thing each of you unblocked, and what happened next?", "Gwen H.", "gwen"],
  ["Does a social media policy need its own sign-off, or can it sit inside the ICT policy?", "Ana B."],
  ["Which of you reads the comments yourself?", "Cal D."],
];

export const PENDING = [
  ["Do freedom of information requests cover what we post?", "Records office", "records@calder.example"],
  ["I answer tenants from my own phone in the car park, because the desk PC will not load the page they write to us on.", "Housing officer", "", "story"],
  ["What would you say to a chief exec who has never used it?", "Tomasz K."],
  ["Our ICT policy is public. Does the panel think it is fair? https://westmere.example/ict-policy", "Westmere", "westmere"],
  ["A fydd y canllawiau ar gael yn Gymraeg hefyd?", ""],
  ["Honestly the policy at my place is useless. Who is it for?", "Grumpy planner", "grumpy_planner"],
  ["Who decides what “appropriate use” means: IT, HR or comms?", "Callum W.", "callum"],
  ["Half our training is on YouTube and YouTube is blocked here. Who signs that off? Call me on 07700 900142 and I’ll show you.", "Moira D"],
];

export const HELD = [["Is it true that the director deletes comments?", "A resident"], ["Will this be recorded?", ""]];
export const REJECTED = [["Buy followers cheap at followers.example", "Growth", "", "question", "Off topic"], ["Is YouTube staying blocked?", "Sam", "", "question", "Asked already"]];

export const LONG = "We are a small team of four covering three districts, and our access to every social network was switched off in 2009 after one complaint. Since then residents have organised themselves in two large groups that we cannot read, and the first we hear of a flooded street is from the local paper. When you opened access, who made the case, what evidence did they bring, how long did it take, and what would you tell whoever has to sign it off tomorrow morning with no budget and no policy in place?";

/**
 * Fills an event. What has a handle comes from the made-up Mastodon, where there is one.
 * @param {import("./harness.mjs").Event} event @param {{fake?: {post(s: object): Promise<any>}, tag?: string}} [o]
 */
export async function fill(event, { fake, tag = "SMWWhoLeads" } = {}) {
  const send = async ([text, name, acct, kind]) => {
    if (fake && acct) {
      await fake.post({ text: `${text} #${tag}`, name, acct });
      return event.find(text.slice(0, 60));
    }
    return event.send(text, name, kind ? { kind } : {});
  };
  const wish = async o => {
    const { body } = await event.server.api("GET", event.path + "/stage");
    return event.server.must("PUT", event.path + "/stage", o, { rev: body.rev });
  };
  for (const s of ANSWERED) await event.act(await event.act(await send(s), "approve"), "answer");
  const now = await event.act(await send(NOW), "approve");
  for (const s of QUEUE) await event.act(await send(s), "approve");
  for (const s of HELD) await event.act(await send(s), "hold");
  for (const s of REJECTED) await event.act(await send(s), "reject", { reason: s[4] });
  for (const s of PENDING) await send(s);
  await wish({ now: now.id });
  return now;
}

/** The times of an event that is under way: it began 42 minutes ago and has 48 to go. */
export function underWay() {
  const at = min => new Date(Date.now() + min * 60_000).toISOString();
  return { opens_at: at(-7 * 24 * 60), starts_at: at(-42), ends_at: at(48) };
}
