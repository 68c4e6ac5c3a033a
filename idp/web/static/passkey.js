// Passkeys on this page: each form with data-passkey asks the device, puts what it answers into the form, and sends it.
// The browser never talks to anybody but this site, and without this file the page says which other way there is.
"use strict";
(() => {
  const RENEW_MS = 240000; // a challenge lasts five minutes
  const RENEWALS = 6;
  const able = Boolean(window.PublicKeyCredential && navigator.credentials);

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };
  const text = (buffer) => {
    const signs = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const ids = (list) => (list || []).map((item) => Object.assign({}, item, { id: bytes(item.id) }));

  const asked = (options) => {
    const made = Object.assign({}, options, { challenge: bytes(options.challenge) });
    if (options.user) {
      made.user = Object.assign({}, options.user, { id: bytes(options.user.id) });
      made.excludeCredentials = ids(options.excludeCredentials);
    } else {
      made.allowCredentials = ids(options.allowCredentials);
    }
    return made;
  };

  const answered = (credential) => {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    if (given.attestationObject) {
      response.attestationObject = text(given.attestationObject);
      response.transports = given.getTransports ? given.getTransports() : [];
    } else {
      response.authenticatorData = text(given.authenticatorData);
      response.signature = text(given.signature);
      if (given.userHandle && given.userHandle.byteLength) response.userHandle = text(given.userHandle);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  };

  class Told extends Error {} // its message is for the person, in their language

  const start = (form) => {
    const line = form.querySelector("[role=status]");
    const making = form.dataset.passkey === "create";
    let waiting = null; // the request that sits behind the user name field
    let busy = false;

    const words = (name) => form.querySelector(`[data-words=${name}]`).textContent;
    const say = (message) => {
      line.textContent = message;
    };

    const options = async (quiet) => {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      let found;
      try {
        const answer = await fetch(form.dataset.options, { method: "POST", body, credentials: "same-origin" });
        found = await answer.json();
      } catch (problem) {
        throw new Told(words("unreachable"));
      }
      if (found.next) {
        if (!quiet) location.assign(found.next);
        return null;
      }
      if (found.words) throw new Told(found.words);
      return asked(found.publicKey);
    };

    const send = (credential) => {
      busy = true;
      form.elements.credential.value = answered(credential);
      say(words("checking"));
      form.submit();
    };

    const explained = (problem) => {
      if (problem instanceof Told) return problem.message;
      if (problem.name === "InvalidStateError") return words("exists");
      if (problem.name === "NotAllowedError" || problem.name === "AbortError") return words("cancelled");
      return words("impossible");
    };

    const behindTheField = async (renewals) => {
      if (busy || renewals < 0) return;
      const controller = new AbortController();
      waiting = controller;
      const timer = setTimeout(() => {
        controller.abort();
        behindTheField(renewals - 1);
      }, RENEW_MS);
      try {
        const publicKey = await options(true);
        if (!publicKey || controller.signal.aborted) return;
        send(await navigator.credentials.get({ publicKey, mediation: "conditional", signal: controller.signal }));
      } catch (problem) {
        // Nobody asked for this: the form and its button are as they were.
      } finally {
        clearTimeout(timer);
      }
    };

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      if (waiting) waiting.abort();
      say(words("checking"));
      try {
        const publicKey = await options(false);
        if (!publicKey) return;
        say(words("waiting"));
        const container = navigator.credentials;
        send(await (making ? container.create({ publicKey }) : container.get({ publicKey })));
      } catch (problem) {
        busy = false;
        say(explained(problem));
      }
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted) {
        busy = false;
        say("");
      }
    });

    form.hidden = false;
    if ("conditional" in form.dataset && PublicKeyCredential.isConditionalMediationAvailable) {
      PublicKeyCredential.isConditionalMediationAvailable().then((can) => can && behindTheField(RENEWALS));
    }
  };

  if (able) {
    document.querySelectorAll("form[data-passkey]").forEach(start);
    document.querySelectorAll("[data-without-passkey]").forEach((part) => {
      part.hidden = true;
    });
  }
})();
