"""The page that ours is compared with: WebRTC as the browser gives it, and nothing else.

Camera and microphone by default constraints, one RTCPeerConnection, `addTrack`, offer and
answer as in the standard's own example (perfect negotiation is not needed: only the clerk
offers), ICE restarted when the connection has failed, a WebSocket that is opened again a second
after the browser says it is closed or offline. No
connection made ahead, no hints to the encoder, no watching of counters, no second connection.
"""
