// The face: the camera's picture with an oval, a hint twice a second from the server, and the shot by itself when three
// frames in a row were good. Without this file a photograph is given as a file.
"use strict";
(() => {
  const box = document.querySelector("[data-face]");
  if (!box || !navigator.mediaDevices) return;
  const GOOD = 3;
  const PAUSE_MS = 500;
  const live = box.querySelector("[data-live]");
  const video = live.querySelector("video");
  const taken = box.querySelector("[data-taken]");
  const hint = box.querySelector("[data-hint]");
  const shoot = box.querySelector("[data-shoot]");
  const keep = box.querySelector("[data-picture] button");
  const token = box.querySelector("[name=csrf_token]").value;
  const canvas = document.createElement("canvas");
  let good = 0;
  let busy = false;
  let running = false;

  const words = (name) => {
    const found = document.querySelector(`[data-all-words] [data-words="${CSS.escape(name)}"]`);
    return found ? found.textContent : "";
  };
  const say = (text, mood) => {
    if (text && hint.textContent !== text) hint.textContent = text;
    hint.className = `hint-now ${mood || ""}`;
    live.classList.toggle("is-good", mood === "is-good");
  };
  const signIn = (address) => {
    say(words("signin"), "is-bad");
    const link = document.createElement("a");
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = words("open");
    hint.append(" ", link);
  };

  // What the oval's frame shows: three wide to four high, from the middle, never made larger or smaller.
  const frame = (quality) => new Promise((resolve) => {
    const height = video.videoHeight;
    const width = Math.min(video.videoWidth, Math.round((height * 3) / 4));
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").drawImage(video, (video.videoWidth - width) / 2, 0, width, height, 0, 0, width, height);
    canvas.toBlob(resolve, "image/jpeg", quality);
  });

  const send = async (address, picture) => {
    const body = new FormData();
    body.set("csrf_token", token);
    body.set("script", "1");
    body.set("picture", picture, "frame.jpg");
    const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" });
    return { ok: answer.ok, status: answer.status, told: await answer.json() };
  };

  const take = async () => {
    if (busy || !running) return;
    busy = true;
    shoot.disabled = true;
    say(words("sending"));
    try {
      const { ok, status, told } = await send(box.dataset.take, await frame(0.92));
      if (ok) {
        location.assign(told.go);
        return;
      }
      if (status === 401) signIn(told.sign_in);
      else say(words(`hint-${told.about}`) || words(`code-${told.code}`) || words("refused"), "is-bad");
    } catch (problem) {
      say(words("lost"), "is-bad");
    }
    good = 0;
    busy = false;
    shoot.disabled = false;
  };

  const look = async () => {
    if (!running) return;
    if (busy || document.hidden || !video.videoWidth) {
      setTimeout(look, PAUSE_MS);
      return;
    }
    try {
      const { ok, status, told } = await send(box.dataset.look, await frame(0.85));
      if (busy) return void setTimeout(look, PAUSE_MS);
      if (ok) {
        good = told.good ? good + 1 : 0;
        if (told.good) say(words("good").replace("{count}", Math.min(good, GOOD)).replace("{of}", GOOD), "is-good");
        else say(words(`hint-${told.hints[0]}`));
        if (good >= GOOD) await take();
      } else if (status === 401) {
        signIn(told.sign_in);
      } else {
        running = false;
        say(words("refused"), "is-bad");
        return;
      }
    } catch (problem) {
      say(words("lost"), "is-bad");
    }
    setTimeout(look, PAUSE_MS);
  };

  // With a camera its button leads, without one the file's; where a photograph is kept, the way on leads.
  const lead = (camera) => {
    if ("done" in box.dataset) return;
    shoot.classList.toggle("second", !camera);
    keep.classList.toggle("second", camera);
  };

  const start = async () => {
    say(words("starting"));
    try {
      const wanted = { width: { ideal: 1280 }, height: { ideal: 960 }, facingMode: "user" };
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      await video.play();
    } catch (problem) {
      say(words("no-camera"), "is-bad");
      lead(false);
      return;
    }
    if (taken) taken.hidden = true;
    live.hidden = false;
    running = true;
    lead(true);
    look();
  };

  lead(true);
  shoot.hidden = false;
  shoot.addEventListener("click", () => (running ? take() : start()));
  if (!("done" in box.dataset)) start();
})();
