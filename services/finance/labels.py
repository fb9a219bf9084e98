"""What people read for finance's codes, in both languages."""

from shared.i18n import Labels

LABELS: Labels = {}
