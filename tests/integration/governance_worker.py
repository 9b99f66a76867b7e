"""Submits applications for ever, printing each once it is acknowledged: to be killed at any moment."""

import sys
from pathlib import Path

from tests.builders_contracts import a_trusted_site
from tests.builders_governance import People, SetClock, a_submitted_warrant, reopen

world = reopen(Path(sys.argv[1]), a_trusted_site(), SetClock())
with world.governance.database.transaction() as tx:
    by_login = {account.login: account.account_id for account in tx.accounts.where()}
world.people = People(
    administrator=by_login["root"],
    second_administrator=by_login["roy"],
    applicant=by_login["ada"],
    legal_officer=by_login["lex"],
    auditor=by_login["ola"],
    site_manager=by_login["siv"],
    reviewers=(by_login["bea"], by_login["cai"], by_login["dag"]),
    enroller=by_login["eva"],
    patrol=by_login["pia"],
)
while True:
    sys.stdout.write(a_submitted_warrant(world) + "\n")
    sys.stdout.flush()
