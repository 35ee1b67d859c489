// Passkeys are the one thing that needs a script: only a script may ask an
// authenticator. The page holds the challenge; the answer goes back in a form.

/** Asks at once on a page that has nothing else to do, and again by its button. */
export function passkey(form: HTMLFormElement): void {
  const ask = async () => {
    say(form, false);
    try {
      const answer = form.elements.namedItem("response") as HTMLInputElement;
      answer.value = JSON.stringify(await ceremony(form));
      form.submit();
    } catch {
      say(form, true); // refused, out of time, or nothing here holds a key
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  void ask();
}

async function ceremony(form: HTMLFormElement): Promise<unknown> {
  const options = JSON.parse(form.dataset.options ?? "{}").publicKey;
  const credential = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return (credential as PublicKeyCredential).toJSON();
}

function say(form: HTMLFormElement, failed: boolean): void {
  const told = form.querySelector<HTMLElement>("[data-failed]");
  if (told) told.hidden = !failed;
}
