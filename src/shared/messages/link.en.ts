// Messages about adapters in links.

export const linkTexts = {
	link: "the link",
	"copyAgain.next": "ask for the link again and copy all of it; if a chat truncates it, send it in a file",
	notLink: "this is not a TabTune link",
	"notLink.next": "open a link from Copy link; it starts with tt and a number",
	otherVersion: "the link has version {version}, but this TabTune reads version {own}",
	"otherVersion.next":
		"open it with the version of TabTune that made it, or reload this page to get the latest version",
	endsBeforeAdapter: "the link is truncated: it ends before the adapter begins",
	damagedStart: "the first characters of the link are damaged",
	strangeCharacter: "the link contains {character}, which is not allowed in a link",
	character: "the link, character {at}",
	truncated: "the link is truncated: it has {length} of the adapter's {whole} characters",
	tooLong: "the link has {extra} extra characters at the end",
	badChecksum: "the link was changed: its checksum does not match",
	unpackFailed: "the adapter in the link cannot be unpacked",
	"makeAgain.next": "ask for a new link",
	unpacksTooLarge: "the link unpacks to more than {size} MiB: this is not an adapter",
	"doNotOpen.next": "do not open it",
	unpackEndsEarly: "the adapter in the link is incomplete",
	badLength: "the link has an invalid length",
	noAdapter: "the link contains no adapter",
	wrongCount: "the link announces {announced} numbers but has {found}",
	notJson: "the link's description of the adapter is not JSON",
	notObject: "the link's description of the adapter is not a JSON object",
	incomplete: "the link lacks required parts: base, settings, sizes",
} as const;
