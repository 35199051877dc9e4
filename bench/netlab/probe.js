// What the lab sees in a page, ours or the plain one; put in before the page's own scripts.
//
// Only what a person would notice counts: sound of a receiver whose track an unmuted, playing
// element has, pictures that such an element has shown. All times are ms since 1970 by the
// machine's one clock, so that both pages and the lab agree. A page may have several connections
// at once: made ready for a call that has not come yet, or a new one beside the old one.
//
// window.__lab = { marks, samples, frames, sizes, sockets, words, events, press(), fill(), call(),
//                  totals(), sent(), path(), tap() }

(() => {
  const EVERY = 40; // ms between two samples
  const READ_EVERY = 100; // ms; the browser has to lay out the page for it
  const MOST = 2000; // events that are kept
  const ENOUGH = 60; // letters of a message that tell what it is
  const COUNTED = {
    audio: {
      totalSamplesReceived: "samples", concealedSamples: "concealed", packetsReceived: "packets",
      packetsLost: "lost", jitterBufferDelay: "buffered", jitterBufferEmittedCount: "emitted",
      fecPacketsReceived: "fec", bytesReceived: "audioBytes", totalAudioEnergy: "energy",
    },
    video: {
      framesDecoded: "decoded", qpSum: "quantisers", freezeCount: "freezes", totalFreezesDuration: "frozen",
      bytesReceived: "videoBytes",
    },
  };
  const now = () => performance.timeOrigin + performance.now();
  const lab = {
    marks: {},
    samples: [], // [time, samples of real sound, sound packets, quantisers, pictures], so far
    frames: [], // times at which a picture of the other side was shown
    sizes: [], // [time, width, height] whenever it changed
    sockets: [], // {opened, spoken, closed}; spoken: the first word of the server beyond hand-shakes
    words: [], // [time, what the page says about the call]
    events: [], // [time, what]: what went over the line and became of connections, to find faults
    hold: 0, // ms the button to take a call is left alone
  };
  window.__lab = lab;
  const note = (what) => lab.events.length < MOST && lab.events.push([now(), what]);
  const mark = (name) => {
    if (lab.marks[name]) return;
    lab.marks[name] = now();
    note(name);
  };

  // --- connections and sockets -----------------------------------------------------------------

  const connections = new Set();
  const open = () => {
    for (const pc of connections) if (pc.signalingState === "closed") connections.delete(pc);
    return [...connections];
  };
  const RealConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class RTCPeerConnection extends RealConnection {
    constructor(...config) {
      super(...config);
      connections.add(this);
      const name = `connection ${connections.size}`;
      this.addEventListener("connectionstatechange", () => {
        note(`${name} ${this.connectionState}`);
        if (this.connectionState === "connected") mark("connected");
      });
      this.addEventListener("track", ({ track }) => {
        for (const type of ["mute", "unmute"]) {
          track.addEventListener(type, () => note(`${name} ${track.kind} ${type}d`));
        }
      });
    }
  };
  const { replaceTrack } = RTCRtpSender.prototype;
  RTCRtpSender.prototype.replaceTrack = function (track) {
    note(track ? `sends ${track.kind}` : "sends nothing");
    return replaceTrack.call(this, track);
  };
  const RealSocket = window.WebSocket;
  window.WebSocket = class WebSocket extends RealSocket {
    constructor(...where) {
      super(...where);
      const life = { opened: 0, spoken: 0, closed: 0 };
      lab.sockets.push(life);
      const name = `socket ${lab.sockets.length}`;
      note(`${name} begun`);
      this.addEventListener("open", () => {
        life.opened = now();
        note(`${name} open`);
      });
      this.addEventListener("close", () => {
        life.closed = now();
        note(`${name} closed`);
      });
      this.addEventListener("message", ({ data }) => {
        note(`< ${String(data).slice(0, ENOUGH)}`);
        if (!life.spoken && /^(42|\{)/.test(data)) life.spoken = now();
      });
    }

    send(data) {
      note(`> ${String(data).slice(0, ENOUGH)}`);
      super.send(data);
    }
  };

  // --- what is seen and heard ------------------------------------------------------------------

  const shown = new WeakSet();
  const last = new Map(); // receiver -> its counters
  const totals = {};

  function elements() {
    return [...document.querySelectorAll("audio, video")].filter(
      (e) => e.srcObject instanceof MediaStream && !e.muted && !e.paused && e.volume > 0,
    );
  }

  function watch(video) {
    if (shown.has(video)) return;
    shown.add(video);
    const frame = (_, { width, height }) => {
      video.requestVideoFrameCallback(frame);
      if (video.muted || !video.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
      const time = now();
      mark("frame");
      lab.frames.push(time);
      const size = lab.sizes.at(-1);
      if (!size || size[1] !== width || size[2] !== height) lab.sizes.push([time, width, height]);
    };
    video.requestVideoFrameCallback(frame);
  }

  /** Add up what came since the last look, of all receivers that can be seen or heard. */
  async function count() {
    const playing = new Set(elements().flatMap((e) => e.srcObject.getTracks()));
    await Promise.all(open().flatMap((pc) => pc.getReceivers()).map(async (receiver) => {
      for (const entry of (await receiver.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        const before = last.get(receiver) ?? {};
        last.set(receiver, entry);
        // what came before it was shown does not count, but must not count later either
        if (!playing.has(receiver.track)) continue;
        for (const [key, name] of Object.entries(COUNTED[entry.kind])) {
          totals[name] = (totals[name] ?? 0) + Math.max(0, (entry[key] ?? 0) - (before[key] ?? 0));
        }
      }
    }));
  }

  let counting = false;
  async function sample() {
    for (const video of document.querySelectorAll("video")) watch(video);
    if (counting) return;
    counting = true;
    try {
      await count();
      const { samples = 0, concealed = 0, packets = 0, quantisers = 0, decoded = 0 } = totals;
      lab.samples.push([now(), samples - concealed, packets, quantisers, decoded]);
    } catch {
      // a connection closed under our hands; the next sample comes in a moment
    }
    counting = false;
  }

  /** Counters so far: what was heard and decoded, for a difference over a time. */
  lab.totals = async () => ({ ...totals, time: now(), shown: lab.frames.length });

  /** Packets that have left this page so far, over all its connections: {audio, video}. */
  lab.sent = async () => {
    const reports = await Promise.all(open().map((pc) => pc.getStats()));
    return reports.flatMap((report) => [...report.values()])
      .filter(({ type }) => type === "outbound-rtp")
      .reduce((sum, { kind, packetsSent }) => {
        sum[kind] += packetsSent ?? 0;
        return sum;
      }, { audio: 0, video: 0 });
  };

  /** How the path of what is seen runs: "host", "srflx", "relay udp", "relay tls" ... */
  lab.path = async () => {
    const playing = new Set(elements().flatMap((e) => e.srcObject.getTracks()));
    for (const pc of open()) {
      if (!pc.getReceivers().some(({ track }) => playing.has(track))) continue;
      const report = await pc.getStats();
      const entries = [...report.values()];
      const chosen = entries.find(({ type }) => type === "transport")?.selectedCandidatePairId;
      const pair = report.get(chosen) ?? entries.find(({ type, nominated, state }) =>
        type === "candidate-pair" && nominated && state === "succeeded");
      const local = report.get(pair?.localCandidateId);
      if (local) return [local.candidateType, local.relayProtocol].filter(Boolean).join(" ");
    }
    return "";
  };

  // --- the robot -------------------------------------------------------------------------------

  const usable = (e) => e.checkVisibility() && !e.disabled;
  const button = (name) => {
    const all = [...document.querySelectorAll("button")].filter(usable);
    return all.find((b) => b.textContent.trim() === name) ?? all.find((b) => b.textContent.includes(name));
  };

  /** Press a button by its name; false while there is none. */
  lab.press = (name) => {
    const found = button(name);
    found?.click();
    return Boolean(found);
  };

  /** Type into a field by its label; false while there is none. */
  lab.fill = (name, text) => {
    const label = [...document.querySelectorAll("label")].find((l) => l.textContent.includes(name));
    if (!label?.control) return false;
    label.control.value = text;
    label.control.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };

  /** Whether a button can be pressed. */
  lab.has = (name) => Boolean(button(name));

  /** Whether her own picture is there, before any call. */
  lab.previews = () => [...document.querySelectorAll("video")].some((v) => v.srcObject?.active && v.muted);

    lab.call = () => {
    mark("click");
    button("Nächste Person aufrufen").click();
  };

  function look() {
    const accept = !lab.marks.accepted && button("Annehmen");
    if (accept) mark("rung");
    if (accept && now() >= lab.marks.rung + lab.hold) {
      mark("accepted");
      lab.early = lab.sent(); // not waited for: nobody waits for statistics before she accepts
      accept.click();
    }
    requestAnimationFrame(look);
  }

  function read() {
    const words = [...document.querySelectorAll('[role="status"], [role="alert"], dialog[open]')]
      .filter((e) => e.checkVisibility()).map((e) => e.innerText.trim()).filter(Boolean).join(" | ");
    if (words !== (lab.words.at(-1)?.[1] ?? "")) lab.words.push([now(), words]);
  }

  document.addEventListener("DOMContentLoaded", () => {
    look();
    setInterval(read, READ_EVERY);
    setInterval(() => void sample(), EVERY);
  });

  // --- recordings of what is said into this page and heard in it, for STOI -----------------------

  const RATE = 10000; // Hz; what STOI works with
  const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
    process([input]) {
      if (input[0]) this.port.postMessage(input[0].slice());
      return true;
    }
  });`;

  const said = () => open().flatMap((pc) => pc.getSenders().map((sender) => sender.track))
    .filter((track) => track?.kind === "audio").slice(-1);
  const heard = () => elements().flatMap((e) => e.srcObject.getAudioTracks());

  /** Begin to record; `untap` ends it: 16-bit samples at RATE in base64, {said, heard}. */
  lab.tap = async () => {
    const context = new AudioContext({ sampleRate: RATE });
    await context.resume();
    const module = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
    await context.audioWorklet.addModule(module);
    const blocks = { said: [], heard: [] };
    const sources = Object.entries({ said, heard }).map(([name, tracks]) => {
      const node = new AudioWorkletNode(context, "tap");
      node.port.onmessage = ({ data }) => blocks[name].push(data);
      node.connect(context.destination);
      return { node, tracks, known: new Set() };
    });
    const connect = () => {
      for (const { node, tracks, known } of sources) {
        for (const track of tracks()) {
          if (known.has(track)) continue;
          known.add(track);
          context.createMediaStreamSource(new MediaStream([track])).connect(node);
        }
      }
    };
    connect();
    const timer = setInterval(connect, 250);
    lab.untap = () => {
      clearInterval(timer);
      void context.close();
      return { said: packed(blocks.said), heard: packed(blocks.heard) };
    };
  };

  function packed(blocks) {
    const samples = Int16Array.from(blocks.flatMap((block) => [...block]), (value) =>
      Math.max(-32768, Math.min(32767, Math.round(value * 32767))));
    const bytes = new Uint8Array(samples.buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  }
})();
