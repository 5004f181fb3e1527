package simulator

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything here is invented, people, councils and events. The phone number is one that Ofcom keeps for drama
// (ofcom.org.uk, telephone numbers for use in TV and radio drama programmes, read 2026-11), the addresses are under
// example.org.

var people = []Person{
	{Name: "Priya Nair", Handle: "priya_n"}, {Name: "Tom Ashdown", Handle: "tomashdown"}, {Name: "Mair Llewelyn", Handle: "mair"},
	{Name: "Grace Okoro", Handle: "graceo"}, {Name: "Dev Patel-Shaw", Handle: "devps"}, {Name: "Kirsty MacAulay", Handle: "kirsty"},
	{Name: "Councillor Ben Farrow", Handle: "cllrfarrow"}, {Name: "Library Lou 📚", Handle: "librarylou"}, {Name: "Ahmed R.", Handle: "ahmed_r"},
	{Name: "Siobhán Keane", Handle: "siobhan"}, {Name: "Web Team, Northmoor", Handle: "northmoor_web"}, {Name: "J", Handle: "jquiet"},
	{Name: "Olu Adeyemi", Handle: "olu_a"}, {Name: "Helen Tranter", Handle: "htranter"}, {Name: "Wexby Highways", Handle: "wexbyroads"},
	{Name: "Marta Zielińska", Handle: "marta"}, {Name: "Planning Pete", Handle: "planningpete"}, {Name: "Zainab Hussain", Handle: "zainab_h"},
	{Name: "Rhys ap Gwilym", Handle: "rhys"}, {Name: "Comms Officer (she/her)", Handle: "commsofficer"}, {Name: "", Handle: "anon4417"},
	{Name: "Fiona Duguid", Handle: "fduguid"}, {Name: "Tyrone Bell", Handle: "tyroneb"},
}

var firstNames = []string{"Aled", "Amina", "Bethan", "Callum", "Chloe", "Dafydd", "Ewan", "Farah", "Gareth", "Hannah", "Imran", "Isla", "Jade", "Kofi", "Leila", "Morag", "Nia", "Owen", "Peter", "Rosa", "Sam", "Tariq", "Una", "Vikram", "Wendy", "Yusuf"}

var lastNames = []string{"Abara", "Birch", "Campbell", "Davies", "Ellwood", "Fenn", "Gill", "Hargreaves", "Iqbal", "Jenkins", "Kaur", "Lomax", "Mensah", "Norris", "Osei", "Pryce", "Quigg", "Rowan", "Stirling", "Thorne", "Underhill", "Vaughan", "Whitlock", "Young"}

var greetings = []string{
	"Hello from Wexby! Listening in while the kettle boils.",
	"Evening all, first time here.",
	"Good evening from a wet Northmoor. Comms officer, district council.",
	"Noswaith dda bawb!",
	"Thank you everybody, that was the best hour of my week.",
	"Thanks for hosting, see you all next time 👋",
	"Late as always, sorry. Catching up.",
	"Waving from the back row.",
}

var adverts = []string{
	"BUY 5,000 FOLLOWERS TODAY cheap and instant https://followers.example/buy",
	"Make money from home, ask me how 👉 https://work.example/now",
	"Crypto will change local government for ever. Free course: https://coins.example/free",
}

var againBefore = []string{"Sorry if this was asked: ", "Asking again because I came late: ", "My colleague asks: ", "Second this. "}

// labels are the ways in which people label an answer; {n} is the number and {tag} the hashtag.
var labels = []string{
	"A{n}: ", "A{n}: ", "A{n}: ", "A{n}: ", "A{n} ", "A{n} ", "A{n}. ", "A{n} - ", "a{n} ", "A{n}) ", "(A{n}) ", "A.{n} ", "A-{n} ", "A {n}: ",
	"Answer {n}: ", "@chathost A{n}: ", "{tag} A{n}: ", "{tag} A{n} – ", "👋 A{n}: ", "#A{n} ", "A{n}a: ",
}

var chatPrompts = []string{
	"Who are you, and what can you reach from your desk today?",
	"What is the best thing your organisation ever did in public?",
	"Which rule about social media at work would you drop tomorrow?",
	"How do you answer people when the answer is no?",
	"Who looks after the people who read the abuse?",
	"What did the last emergency teach you?",
	"What will you do differently on Monday?",
}

var answersOpen = []string{
	"We ", "Our team ", "My old council ", "The library ", "Our two-person comms team ", "Housing ", "Highways ", "I, on my own phone, ", "Planning ", "The parish clerk ",
	"Our contact centre ", "The chief executive ", "Everybody here ", "Nobody but me ", "The night shift ", "Our youth council ", "The fire service next door ", "A volunteer ",
}

var answersMiddle = []string{
	"answers every question within the day", "asked residents first and wrote the policy after", "posts the reason whenever it is a no", "trained forty people in an afternoon",
	"went from one shared login to named ones", "publishes response times each month", "stopped posting pictures of text", "opened access for a week and never closed it",
	"reads everything, even the rude ones", "put captions on every film", "measures what changed, not who followed", "keeps a list of what residents taught us",
	"was told off and then thanked", "kept the town informed through the flood", "does it in two languages at once", "wrote one page and threw eight away",
	"turned a complaint into a film that people still share", "rings people back who asked in public", "shares the rota so that nobody is alone with it", "made the firewall exception permanent",
}

var answersEnd = []string{
	".", ", and it works", ", most of the time", " since the snow", ", which surprised us", ". No extra money", ". Took a year to get there", ", ask me how",
	", and complaints fell by a third", ". I would do it again", ", with help from IT, believe it or not", " 🎉", ". Small steps", ", and nothing bad happened", ". The best thing we did", " 🙂",
}

var answersShort = []string{"Honesty.", "A good rota.", "Ask residents.", "One login each", "Captions, always", "Trust people", "Say why", "Listening more than posting", "Nothing, it is all blocked here 😬"}

var talk = []string{
	"Same here!", "Love this. How did you get it past IT?", "How long did that take?", "Could you share the policy?", "Totally agree", "Really? We tried that and it failed twice.",
	"That is brave.", "What did it cost?", "Stealing this, thank you", "Who signs it off?",
}

var places = []string{"Wexby", "Northmoor", "Elmbridge Park", "Port Aled", "Strathferry", "Ambleford", "Great Pinwick", "Llanfair-y-bryn", "Low Harrow", "Kirkdun", "Saltmarsh", "Upper Tarn", "Dunbeith", "Oakhaven", "Merrow", "Castle Weir"}

// language returns what a panel's text is written in.
func language(text string) string {
	switch {
	case strings.HasPrefix(text, "A oes"):
		return "cy"
	case strings.HasPrefix(text, "کیا"):
		return "ur"
	}
	return "en"
}

// lowerFirst makes the first letter small, unless the word is an I or an abbreviation.
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) || next == ' ' || next == '\'' {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// fold leaves letters that fit into a handle.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf {
			return r
		}
		return -1
	}, s)
}

func digits(n int) string { return strconv.Itoa(n) }

// panel is what people ask and tell; {tag} is the hashtag where it does not stand at the end.
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
	"I have been told to ask here because everything else is blocked. What would you show a manager first?",
	"Story: we opened one account as a trial for six weeks and nobody has remembered to close it. It has been four years. It is our best one.",
	"How do you keep going when only two people read it?",
	"What does the panel think of letting each library speak for itself?",
	"Does anybody here have a good word for \"engagement\" that a chief executive would accept?",
	"Story: our depot answers questions about grit in real time. They asked for a tablet, not a strategy.",
	"If the network drops in an emergency, what is your plan B?",
	"Who checks the checker? Our moderators have nobody to talk to.",
	"Can we get slides with a large font, please?",
	"How do you reply to somebody who is right, and rude?",
	"Story: a resident taught us how to write a reply that a person would read. We hired her.",
	"Is one good account better than five tired ones?",
}
