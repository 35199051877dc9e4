"""The tables as SQLAlchemy Core sees them. The migrations make them; a test compares both.

Instants are Unix seconds: whole ones (Integer) for booked times, with fractions (Float) for
what happens. SQLite would hand back naive datetimes.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

clerks = sa.Table(
    "clerks",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("user", sa.String(80), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password_hash", sa.String(200), nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("clerk", sa.ForeignKey("clerks.id"), nullable=False, index=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
)

appointments = sa.Table(
    "appointments",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("service", sa.String(60), nullable=False),
    sa.Column("start", sa.BigInteger, nullable=False, index=True),
    sa.Column("end", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("email", sa.String(254), nullable=False, index=True),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("hold_until", sa.BigInteger),
    sa.Column("arrived", sa.Float),
    sa.Column("for_clerk", sa.String(40), nullable=False),
    sa.Column("from_clerk", sa.String(40), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
    sa.Column("camera", sa.String(10), nullable=False),
    sa.Column("microphone", sa.String(10), nullable=False),
    sa.Column("checked", sa.JSON(none_as_null=True)),
    sa.Column("also", sa.JSON, nullable=False, server_default="[]"),
)

places = sa.Table(  # the primary key is what makes double booking impossible
    "places",
    metadata,
    sa.Column("pool", sa.String(40), primary_key=True),
    sa.Column("lane", sa.Integer, primary_key=True),
    sa.Column("tick", sa.BigInteger, primary_key=True),
    sa.Column("appointment", sa.ForeignKey("appointments.id"), nullable=False, index=True),
)

visits = sa.Table(
    "visits",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("appointment", sa.ForeignKey("appointments.id"), nullable=False),
    sa.Column("clerk", sa.ForeignKey("clerks.id"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("rung", sa.Float, nullable=False),
    sa.Column("answered", sa.Float),
    sa.Column("ended", sa.Float),
    sa.Column("chat_shared", sa.Float),
)
_not_ended = visits.c.state != "ended"
_live = visits.c.state.in_(["ringing", "open"])
sa.Index(  # one visit per citizen ...
    "one_visit_per_appointment",
    visits.c.appointment,
    unique=True,
    sqlite_where=_not_ended,
    postgresql_where=_not_ended,
)
sa.Index(  # ... and one citizen per desk, whatever the code above believes
    "one_live_visit_per_clerk",
    visits.c.clerk,
    unique=True,
    sqlite_where=_live,
    postgresql_where=_live,
)

desks = sa.Table(
    "desks",
    metadata,
    sa.Column("clerk", sa.ForeignKey("clerks.id"), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
)

guests = sa.Table(
    "guests",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("visit", sa.ForeignKey("visits.id"), nullable=False, index=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("invited", sa.Float, nullable=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),
)

checks = sa.Table(
    "checks",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("visit", sa.ForeignKey("visits.id"), nullable=False, index=True),
    sa.Column("clerk", sa.ForeignKey("clerks.id"), nullable=False),
    sa.Column("document", sa.String(20), nullable=False),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("items", sa.JSON, nullable=False),
    sa.Column("done", sa.JSON, nullable=False),
    sa.Column("code", sa.String(120), nullable=False),  # salted hash
    sa.Column("code_until", sa.Float, nullable=False),
    sa.Column("code_tries", sa.Integer, nullable=False),
    sa.Column("code_made", sa.Integer, nullable=False),
    sa.Column("result", sa.String(20)),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("kept_until", sa.Float),
)
_open_check = checks.c.state.in_(["asked", "allowed"])
sa.Index(
    "one_open_check_per_visit",
    checks.c.visit,
    unique=True,
    sqlite_where=_open_check,
    postgresql_where=_open_check,
)

vault_keys = sa.Table(  # without its row here nothing in the vault can be read any more
    "vault_keys",
    metadata,
    sa.Column("visit", sa.ForeignKey("visits.id"), primary_key=True),
    sa.Column("purpose", sa.String(20), primary_key=True),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("until", sa.Float),  # when the key is destroyed; null: with the person
)

vault_items = sa.Table(
    "vault_items",
    metadata,
    sa.Column("visit", sa.String(40), primary_key=True),
    sa.Column("purpose", sa.String(20), primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(
        ["visit", "purpose"], ["vault_keys.visit", "vault_keys.purpose"], ondelete="CASCADE"
    ),
)

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("visit", sa.ForeignKey("visits.id"), nullable=False, index=True),
    sa.Column("clerk", sa.ForeignKey("clerks.id"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("typed", sa.Boolean, nullable=False),
    sa.Column("seen", sa.String(10), nullable=False),
    sa.Column("record", sa.LargeBinary),  # sealed with the visit's key
)

documents = sa.Table(  # without their content, which is in the parts
    "documents",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("appointment", sa.ForeignKey("appointments.id"), nullable=False, index=True),
    sa.Column("source", sa.String(10), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("title", sa.String(120), nullable=False),
    sa.Column("media", sa.String(40), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("key", sa.LargeBinary),  # wrapped; without it the parts cannot be read any more
)

document_parts = sa.Table(
    "document_parts",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

forms = sa.Table(  # that citizen and clerk fill in together
    "forms",
    metadata,
    sa.Column("visit", sa.ForeignKey("visits.id"), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("begun", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("content", sa.LargeBinary),  # sealed with the visit's key
)

charges = sa.Table(  # of a person nothing is left here when she is forgotten, but the money is
    "charges",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("appointment", sa.ForeignKey("appointments.id"), nullable=False, index=True),
    sa.Column("service", sa.String(60), nullable=False),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("cents", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("reference", sa.String(40), nullable=False, unique=True),
    sa.Column("clerk", sa.ForeignKey("clerks.id"), nullable=False),
    sa.Column("asked", sa.Float, nullable=False, index=True),
    sa.Column("ended", sa.Float),
    sa.Column("means", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(300), nullable=False),
    sa.Column("received", sa.Integer, nullable=False),
    sa.Column("refunded", sa.Integer, nullable=False),
    sa.Column("payment", sa.String(80)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
)
_counts = charges.c.state != "cancelled"
sa.Index(  # nothing is charged twice, whatever the code above believes
    "one_charge_per_errand",
    charges.c.appointment,
    charges.c.service,
    unique=True,
    sqlite_where=_counts,
    postgresql_where=_counts,
)

receipts = sa.Table(  # the primary key is what makes importing a statement twice harmless
    "receipts",
    metadata,
    sa.Column("entry", sa.String(80), primary_key=True),
    sa.Column("charge", sa.ForeignKey("charges.id"), primary_key=True),
    sa.Column("cents", sa.Integer, nullable=False),
    sa.Column("booked", sa.String(10), nullable=False),
    sa.Column("means", sa.String(20), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

lines = sa.Table(
    "lines",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("appointment", sa.ForeignKey("appointments.id"), nullable=False),
    sa.Column("id", sa.String(64), nullable=False),
    sa.Column("seat", sa.String(40), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.UniqueConstraint("appointment", "id", name="one_line_per_id"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("appointment", sa.String(40), nullable=False, index=True),
    sa.Column("recipient", sa.String(254), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("sent", sa.Float),
    sa.Column("error", sa.Text, nullable=False),
)

feeds = sa.Table(  # which link to a clerk's calendar is good
    "feeds",
    metadata,
    sa.Column("clerk", sa.ForeignKey("clerks.id"), primary_key=True),
    sa.Column("serial", sa.String(40), nullable=False),
    sa.Column("made", sa.Float, nullable=False),
)

notices = sa.Table(  # what has happened that others want to know, until it has its receivers
    "notices",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("receiver", sa.String(60), nullable=False, index=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("sent", sa.Float),
    sa.Column("given_up", sa.Float),
    sa.Column("error", sa.Text, nullable=False),
)

history = sa.Table(  # what happened when, without content: who did what to which state
    "history",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("machine", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(40), nullable=False, index=True),
    sa.Column("event", sa.String(20), nullable=False),
    sa.Column("old", sa.String(20), nullable=False),
    sa.Column("new", sa.String(20), nullable=False),
    sa.Column("by", sa.String(40), nullable=False),
    sa.Column(
        "appointment", sa.String(40), nullable=False, index=True, server_default=sa.text("''")
    ),
)
