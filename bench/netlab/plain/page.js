// A minimal WebRTC page: what the browser does by itself. See __init__.py.
//
// ?role=clerk|citizen   who this is
// &restart=no|failed|disconnected   when the clerk restarts ICE; the examples say "failed"

const query = new URLSearchParams(location.search);
const role = query.get("role");
const restart = query.get("restart") ?? "failed";
const call = document.getElementById("call");
const accept = document.getElementById("accept");
let pc = null;
let config = {};
let socket = null;
let received = Promise.resolve(); // one message after the other, as the examples do
const unsent = [];

function connect() {
  socket = new WebSocket(`ws://${location.host}/line?role=${role}`);
  socket.onopen = () => {
    for (const text of unsent.splice(0)) socket.send(text);
  };
  socket.onmessage = ({ data }) => {
    received = received.then(() => receive(JSON.parse(data))).catch(console.warn);
  };
  socket.onclose = () => setTimeout(connect, 1000);
}

// Socket.IO, which most pages use, does the same: the browser itself lets the socket hang.
addEventListener("offline", () => {
  socket.onclose = null;
  socket.close();
  setTimeout(connect, 1000);
});

function send(message) {
  const text = JSON.stringify(message);
  if (socket.readyState === WebSocket.OPEN) socket.send(text);
  else unsent.push(text);
}

async function start() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  document.getElementById("local").srcObject = stream;
  pc = new RTCPeerConnection(config);
  pc.onicecandidate = ({ candidate }) => send({ candidate });
  pc.ontrack = ({ streams }) => {
    document.getElementById("remote").srcObject = streams[0];
  };
  const restartOn = restart === "no" ? [] : restart === "failed" ? ["failed"] : ["disconnected", "failed"];
  // not iceConnectionState: Chromium 156 leaves that at "disconnected" when all is lost
  pc.onconnectionstatechange = () => {
    if (!restartOn.includes(pc.connectionState)) return;
    if (role === "clerk") pc.restartIce();
    else send({ restart: true });
  };
  if (role === "clerk") {
    pc.onnegotiationneeded = async () => {
      await pc.setLocalDescription();
      send({ description: pc.localDescription });
    };
  }
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
}

async function receive({ ring, accepted, restart: wanted, description, candidate }) {
  if (ring) accept.hidden = false;
  if (accepted) await start();
  if (wanted && pc) pc.restartIce();
  if (description) {
    if (!pc) await start();
    await pc.setRemoteDescription(description);
    if (description.type === "offer") {
      await pc.setLocalDescription();
      send({ description: pc.localDescription });
    }
  }
  if (candidate) await pc?.addIceCandidate(candidate).catch(() => {});
}

call.onclick = () => send({ ring: true });
accept.onclick = () => {
  accept.hidden = true;
  send({ accepted: true });
};
fetch("config.json").then((answer) => answer.json()).then((found) => {
  config = found;
  call.hidden = role !== "clerk";
  connect();
});
