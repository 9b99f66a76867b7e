"""What can be wrong with a request itself, before anything is asked of governance."""


class WebError(Exception):
    """Something about a request itself was not as it must be. One sentence for a person."""


class FormNotOurs(WebError):
    """A form without this visitor's token."""

    def __init__(self) -> None:
        super().__init__("This form was not given to you by this page, or your session changed. Load the page again.")


class TokenUnknown(WebError):
    """A machine that shows a token which is none."""

    def __init__(self) -> None:
        super().__init__("This token opens nothing here; ask those who run the system for one.")


class TooLarge(WebError):
    """More bytes than any request of ours has."""

    def __init__(self) -> None:
        super().__init__("This is larger than anything that is taken in here.")


class TooSlow(WebError):
    """A body that does not arrive."""

    def __init__(self) -> None:
        super().__init__("This did not arrive in time; send it again.")
