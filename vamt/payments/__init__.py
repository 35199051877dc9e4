"""Hosted payment providers behind `services.ports.Payments`; docs/payments.md."""
