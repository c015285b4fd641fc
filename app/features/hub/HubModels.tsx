// Models from the Hub or from a URL, inside the model panel: look up, download, use. Loaded when it is opened, because most
// visits do not need it.

import { useEffect, useId, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { Button } from "../../ui/Button.tsx";
import { Collapsible } from "../../ui/Collapsible.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Input } from "../../ui/Input.tsx";
import { LabelledField } from "../../ui/LabelledField.tsx";
import { look, refresh } from "./actions.ts";
import { KeptModels } from "./KeptModels.tsx";
import { Offer } from "./Offer.tsx";
import { rememberEndpoint, rememberedEndpoint, useHub } from "./store.ts";
import { hubTexts } from "./texts.ts";

export function HubModels({ busy }: { busy: boolean }) {
	const w = useT(hubTexts);
	const error = useHub((s) => s.error);
	const state = useHub((s) => s.state);
	const [model, setModel] = useState("");
	const [endpoint, setEndpoint] = useState(rememberedEndpoint);
	const [token, setToken] = useState("");
	const given = token.trim() === "" ? null : token.trim();
	useEffect(() => void refresh(), []);
	return (
		<section className="grid gap-3" aria-label={w("title")}>
			<form
				className="grid gap-3"
				onSubmit={(event) => {
					event.preventDefault();
					void look({ model, endpoint: endpoint.trim() === "" ? null : endpoint.trim(), token: given });
				}}
			>
				<TextField label={w("name")} value={model} placeholder="owner/name@revision" onChange={setModel} />
				<Collapsible line={w("more")}>
					<TextField
						label={w("endpoint")}
						help={w("endpointHelp")}
						value={endpoint}
						placeholder="https://huggingface.co"
						onChange={(text) => {
							setEndpoint(text);
							rememberEndpoint(text.trim());
						}}
					/>
					<TextField label={w("token")} help={w("tokenHelp")} value={token} secret onChange={setToken} />
				</Collapsible>
				<p className="help">{w("private")}</p>
				<div className="flex flex-wrap items-center gap-2">
					<Button type="submit" disabled={state !== "idle" || model.trim() === ""}>
						{w(state === "looking" ? "looking" : "look")}
					</Button>
				</div>
			</form>
			{error !== null && (
				<ErrorNote error={error} actions={[{ label: "error.dismiss", run: () => useHub.setState({ error: null }) }]} />
			)}
			<Offer busy={busy} />
			<KeptModels busy={busy} token={given} />
		</section>
	);
}

interface TextFieldProps {
	label: string;
	help?: string;
	value: string;
	placeholder?: string;
	secret?: boolean;
	onChange(text: string): void;
}

function TextField({ label, help, value, placeholder, secret = false, onChange }: TextFieldProps) {
	const id = useId();
	return (
		<LabelledField id={id} label={label}>
			<Input
				id={id}
				type={secret ? "password" : "text"}
				autoComplete="off"
				spellCheck={false}
				placeholder={placeholder}
				value={value}
				aria-describedby={help === undefined ? undefined : `${id}-help`}
				onChange={(event) => onChange(event.target.value)}
			/>
			{help !== undefined && (
				<p id={`${id}-help`} className="help">
					{help}
				</p>
			)}
		</LabelledField>
	);
}
