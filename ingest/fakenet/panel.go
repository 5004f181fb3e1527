package fakenet

import (
	"math/rand/v2"
	"strings"
)

// Panel returns what an audience of people from councils might send to a panel about social media at work, each
// with the hashtag tag. The order is drawn from seed, equal for equal seeds. People, councils and numbers are
// invented: the phone number is one that Ofcom keeps for drama (ofcom.org.uk, telephone numbers for use in TV
// and radio drama programmes, read 2026-11), the addresses are under example.org.
func Panel(seed uint64, tag string) []Status {
	out := make([]Status, 0, len(panel))
	for i, text := range panel {
		p := people[i%len(people)]
		s := Status{Text: text, Name: p.name, Acct: p.acct, Lang: "en"}
		switch {
		case strings.HasPrefix(text, "A oes"):
			s.Lang = "cy"
		case strings.HasPrefix(text, "کیا"):
			s.Lang = "ur"
		}
		if !strings.Contains(s.Text, "{tag}") {
			s.Text += " {tag}"
		}
		s.Text = strings.ReplaceAll(s.Text, "{tag}", "#"+strings.TrimLeft(tag, "#"))
		out = append(out, s)
	}
	r := rand.New(rand.NewPCG(seed, 0x0f1007)) // believable traffic, no secret
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

var people = []struct{ name, acct string }{
	{"Priya Nair", "priya_n@towncrier.example"}, {"Tom Ashdown", "tomashdown"}, {"Mair Llewelyn", "mair@cymru.example"},
	{"Grace Okoro", "graceo"}, {"Dev Patel-Shaw", "devps@gov.example"}, {"Kirsty MacAulay", "kirsty@alba.example"},
	{"Councillor Ben Farrow", "cllrfarrow"}, {"Library Lou 📚", "librarylou@towncrier.example"}, {"Ahmed R.", "ahmed_r"},
	{"Siobhán Keane", "siobhan@towncrier.example"}, {"Web Team, Northmoor", "northmoor_web"}, {"J", "j@quiet.example"},
	{"Olu Adeyemi", "olu_a"}, {"Helen Tranter", "htranter@gov.example"}, {"Wexby Highways", "wexbyroads"},
	{"Marta Zielińska", "marta@towncrier.example"}, {"Planning Pete", "planningpete"}, {"Zainab Hussain", "zainab_h"},
	{"Rhys ap Gwilym", "rhys@cymru.example"}, {"Comms Officer (she/her)", "commsofficer"}, {"", "anon4417"},
	{"Fiona Duguid", "fduguid@alba.example"}, {"Tyrone Bell", "tyroneb"},
}

var panel = []string{
	"Who leads on social media in your council: comms, IT or the service itself?",
	"Our firewall blocks every social network. I manage the council's accounts. I do it from my own phone, on the bus. How did you get yours opened?",
	"Why do we trust staff with a van and a chainsaw but not with a browser?",
	"How do you answer the chief executive who says \"they will just waste time\"?",
	"Is there any evidence at all that opening access costs productivity? I keep being asked and never find a study.",
	"Story: when the river came up at Northmoor last winter our switchboard fell over in twenty minutes. One housing officer with a phone answered people on the town's group until three in the morning. She was told off for it on the Monday. She should have had a medal.",
	"What do you say to IT security when the answer is always \"malware\"?",
	"Should front-line staff be able to speak as the council, or only as themselves?",
	"We are a district with two people in comms. What can we realistically do well, and what should we stop? 🙏",
	"How many of you have a policy longer than two pages? Has anybody read it?",
	"Ours says: \"Don't be daft.\" Twelve years, no incident. {tag}",
	"Does blocking access break our duty to people who can only reach us that way?",
	"A oes gan unrhyw gyngor bolisi dwyieithog ar gyfer y cyfryngau cymdeithasol? Rydym yn cael trafferth ateb yn y ddwy iaith o fewn yr un amser.",
	"For Welsh speakers on the panel: do you run one account in two languages or two accounts?",
	"کیا آپ کی کونسل اردو میں بھی سوالوں کے جواب دیتی ہے؟ میری والدہ انگریزی نہیں پڑھتیں۔ {tag}",
	"If anybody wants our acceptable use policy, ring me on 07700 900142 and I will send it. It took eight drafts. {tag}",
	"Happy to share our training slides, write to social.team@wexby.example.org and say hello.",
	"We published our whole case for opening access, numbers and all: https://www.example.org/reports/opening-social-media-access-to-all-staff-2026.pdf Please steal it. {tag}",
	"What about social workers? Looking somebody up is surveillance, not looking is negligence. Nobody gives us a straight answer.",
	"How do you keep records? A direct message about a pothole is a record, isn't it?",
	"FOI by direct message: do you accept it?",
	"How do you handle the pre-election period? Last time we went silent for six weeks and residents thought we had closed.",
	"Story: we let the bin crews post. Photos of blocked roads, thank-yous, one very good dog 🐕. Complaints about missed bins went down by a third because people could see why.",
	"Councillors: help or hazard? Asking for a friend.",
	"As a councillor: I would love some training, nobody has ever offered me any.",
	"Is it fair to ask staff to use personal phones? Who pays when it is dropped in a canal?",
	"What is the smallest first step for a council where everything is still blocked?",
	"Do you moderate comments in the evening? We switch them off at five and I feel terrible about it.",
	"Somebody posted threats against a colleague under our planning notice. It stayed up all weekend. What is your out-of-hours arrangement?",
	"How do you support the people who read the abuse all day? 💔",
	"Is anyone else tired of being asked to \"make it go viral\"?",
	"Libraries were told to share one login between fourteen branches. Tell me that is not normal.",
	"It is normal. It is also awful. We moved to named logins last spring and it took a week.",
	"Which network would you drop tomorrow?",
	"How do we reach people who are on none of these networks? I worry that we call it engagement and mean the same two hundred people.",
	"Are captions and alt text anybody's job in your organisation, or everybody's and so nobody's?",
	"Blind resident here. Half of my council's posts are pictures of text. Who do I complain to, and would it help?",
	"Do you let people report a problem by post and get a reference number back?",
	"Can we please talk about money? What does good cost a year for a council of 150,000 people?",
	"Story: our chief executive began to answer one question each Friday, herself, badly lit, at her desk. It is the most watched thing that we have ever made.",
	"How do you convince a legal team?",
	"What happens to an account when the one person who runs it leaves? Ours left with the password. 😅",
	"Two-factor on a shared account: how?",
	"Should a council answer when somebody is angry but has not asked anything?",
	"We measure followers. I know that we should not. What do you measure?",
	"Does anybody here publish their response times?",
	"Why is it that in an emergency access opens in an hour, and on Monday it is shut again?",
	"During the snow we were given access for four days. Nothing bad happened. Then it was taken away again and nobody could tell me why.",
	"Young people on the youth council asked why we only post at office hours. I had no answer.",
	"What would the panel say to a head of service who says \"we did digital last year\"?",
	"Who owns a crisis at two in the morning: the person on call for comms or for emergency planning?",
	"Parish clerk here, eight hours a week. Is any of this for me?",
	"Yes! We are a parish of 900 people and our page has 1,100 followers 🎉",
	"Do unions have a view on monitoring of staff accounts?",
	"How do you decide what is a personal opinion of a member of staff, and what is misconduct?",
	"Highways: we answer potholes, gritting and roadworks in public now, with the reason when the answer is no. It is the no with a reason that people thank us for.",
	"Can we have one national template for a policy, please, instead of four hundred and eight home-made ones?",
	"I am new. What is the one mistake that you would save me from?",
	"Is there a point at which a council should leave a network on principle? Who decides that: officers or members?",
	"Thank you all for this. First time I have heard anyone in the public sector say out loud that blocking is a choice and not a law of nature.",
	"When will the notes be published, and where? Half of my team could not get past the firewall to follow this. I am not joking. {tag}",
}
