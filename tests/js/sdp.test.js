// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";

import { asAnswer, shape } from "../../vamt/static/js/sdp.js";

/** @param {...string} lines */
const text = (...lines) => `${lines.join("\r\n")}\r\n`;

const CHROMIUM = text(
  "v=0", "o=- 4617308306204795371 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126", "a=setup:actpass",
  "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "a=fmtp:111 minptime=10;useinbandfec=1",
  "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111", "a=rtpmap:9 G722/8000",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 103 118", "a=setup:actpass",
  "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack pli", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
  "a=rtpmap:103 H264/90000", "a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=1",
  "a=rtpmap:118 red/90000",
);
const FIREFOX = text(
  "v=0", "o=mozilla...THIS_IS_SDPARTA-99.0 773 0 IN IP4 0.0.0.0", "s=-", "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 109 101", "a=setup:active",
  "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1", "a=rtpmap:109 opus/48000/2",
);

test("RED goes in front of Opus, and behind it again", () => {
  const on = shape(CHROMIUM, { red: true, dtx: false });
  assert.match(on, /^m=audio 9 UDP\/TLS\/RTP\/SAVPF 63 111 9 0 8 13 110 126\r$/m);
  assert.equal(shape(on, { red: false, dtx: false }), CHROMIUM);
});

test("what is wished for twice is there once", () => {
  const wishes = { red: true, dtx: true, start: 800 };
  const once = shape(CHROMIUM, wishes);
  assert.equal(shape(once, wishes), once);
});

test("DTX comes and goes; FEC is always asked for", () => {
  const on = shape(CHROMIUM, { red: false, dtx: true });
  assert.match(on, /^a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r$/m);
  assert.equal(shape(on, { red: false, dtx: false }), CHROMIUM);
  const bare = CHROMIUM.replace("a=fmtp:111 minptime=10;useinbandfec=1\r\n", "");
  assert.match(shape(bare, { red: false, dtx: false }), /^a=fmtp:111 useinbandfec=1\r$/m);
});

test("a floor comes and goes with the parameters of the sound", () => {
  const on = shape(CHROMIUM, { red: true, dtx: false, floor: 250 });
  assert.match(on, /^a=fmtp:111 minptime=10;useinbandfec=1;x-google-min-bitrate=250\r$/m);
  assert.equal(shape(on, { red: false, dtx: false }), CHROMIUM);
});

test("every picture codec gets the first bitrate, retransmission does not", () => {
  const shaped = shape(CHROMIUM, { red: false, dtx: false, start: 800 });
  assert.match(shaped, /^a=rtpmap:96 VP8\/90000\r\na=fmtp:96 x-google-start-bitrate=800\r$/m);
  assert.match(shaped, /^a=fmtp:103 .*packetization-mode=1;x-google-start-bitrate=800\r$/m);
  assert.match(shaped, /^a=fmtp:97 apt=96\r$/m);
  assert.equal(shaped.match(/start-bitrate/g)?.length, 2);
});

test("a side without RED gets plain Opus", () => {
  assert.equal(shape(FIREFOX, { red: true, dtx: false }), FIREFOX);
});

test("the RED of pictures is not that of sound", () => {
  const without = CHROMIUM.replace("a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n", "");
  assert.equal(shape(without, { red: true, dtx: false }), without);
});

test("without Opus nothing is touched", () => {
  const plain = text("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=rtpmap:0 PCMU/8000");
  assert.equal(shape(plain, { red: true, dtx: true, start: 800 }), plain);
});

test("an offer taken as an answer says who opens the encryption", () => {
  const ours = FIREFOX; // answered with setup:active
  assert.equal(asAnswer(CHROMIUM, ours).match(/a=setup:passive/g)?.length, 2);
  assert.equal(asAnswer(FIREFOX, CHROMIUM), FIREFOX); // ours was the offer: theirs says it
});
