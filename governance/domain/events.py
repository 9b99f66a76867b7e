"""The closed list of what is written to the transparency log: `noun.verb`, alphabetical, each with its sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Event(StrEnum):
    """One kind of log entry. Entries carry opaque ids and SHA-256 only."""

    ACCOUNT_CONFIRM = "account.confirm"
    ACCOUNT_CREATE = "account.create"
    ACCOUNT_LOCK = "account.lock"
    ACCOUNT_OPEN = "account.open"
    ACCOUNT_WITHDRAW = "account.withdraw"
    BUDGET_APPROVE = "budget.approve"
    BUDGET_ASK = "budget.ask"
    BUDGET_RESUME = "budget.resume"
    BUDGET_STOP = "budget.stop"
    CAMERA_REGISTER = "camera.register"
    CANDIDATE_ACCEPT = "candidate.accept"
    CANDIDATE_DISMISS = "candidate.dismiss"
    CANDIDATE_ESCALATE = "candidate.escalate"
    CANDIDATE_JOIN = "candidate.join"
    CANDIDATE_REFUSE = "candidate.refuse"
    CANDIDATE_REVIEW = "candidate.review"
    CANDIDATE_VIEW = "candidate.view"
    CERTIFICATE_CONFIRM = "certificate.confirm"
    CERTIFICATE_PROPOSE = "certificate.propose"
    CHANGE_VOID = "change.void"
    COUNTS_ACCEPT = "counts.accept"
    DEPLOYMENT_END = "deployment.end"
    DEPLOYMENT_RESUME = "deployment.resume"
    DEPLOYMENT_START = "deployment.start"
    DEPLOYMENT_SUSPEND = "deployment.suspend"
    DISCLOSURE_MAKE = "disclosure.make"
    DOCUMENT_FILE = "document.file"
    ERASURE_COMPLETE = "erasure.complete"
    ERASURE_INTEND = "erasure.intend"
    EVALUATION_REPORT = "evaluation.report"
    EVIDENCE_IMPORT = "evidence.import"
    HAND_OFF_ACKNOWLEDGE = "hand-off.acknowledge"
    HAND_OFF_CONCLUDE = "hand-off.conclude"
    HAND_OFF_CONFIRM = "hand-off.confirm"
    HAND_OFF_LAPSE = "hand-off.lapse"
    HAND_OFF_OPEN = "hand-off.open"
    HAND_OFF_RECALL = "hand-off.recall"
    HAND_OFF_SEND = "hand-off.send"
    HAND_OFF_SHOW = "hand-off.show"
    HOLD_APPROVE = "hold.approve"
    HOLD_ASK = "hold.ask"
    HOLD_CLEAR = "hold.clear"
    HOLD_SET = "hold.set"
    INCIDENT_REGISTER = "incident.register"
    INCIDENT_REPORT = "incident.report"
    INTERVENTION_READ = "intervention.read"
    KEY_ROTATE = "key.rotate"
    LEAD_CONFIRM = "lead.confirm"
    LEASE_ACKNOWLEDGE = "lease.acknowledge"
    LEASE_END = "lease.end"
    LEASE_ISSUE = "lease.issue"
    LEASE_REFUSE = "lease.refuse"
    LEASE_STOP = "lease.stop"
    LOG_BEAT = "log.beat"
    LOG_BEGIN = "log.begin"
    LOG_CLOSE = "log.close"
    LOG_FORK = "log.fork"
    LOG_READ = "log.read"
    LOG_STOP = "log.stop"
    MODEL_ADMIT = "model.admit"
    MODEL_ANNOUNCE = "model.announce"
    MODEL_ASK = "model.ask"
    MODEL_RESUME = "model.resume"
    MODEL_SUSPEND = "model.suspend"
    NOTIFICATION_ACKNOWLEDGE = "notification.acknowledge"
    NOTIFICATION_MINT = "notification.mint"
    OBJECT_READ = "object.read"
    OPERATION_AGREE = "operation.agree"
    OPERATION_EXPLAIN = "operation.explain"
    PAPER_TAKE = "paper.take"
    PASSWORD_CHANGE = "password.change"  # noqa: S105 (an event)
    RECORD_PUBLISH = "record.publish"
    RECORDS_CHANGE = "records.change"
    RECORDS_EXPIRE = "records.expire"
    REFERENCE_CONFIRM = "reference.confirm"
    REFERENCE_ENROL = "reference.enrol"
    REFERENCE_EXAMINE = "reference.examine"
    REPORT_MAKE = "report.make"
    REQUEST_REFUSE = "request.refuse"
    RIGHTS_ANSWER = "rights.answer"
    RIGHTS_EXTEND = "rights.extend"
    RIGHTS_REGISTER = "rights.register"
    SEARCH_APPROVE = "search.approve"
    SEARCH_ASK = "search.ask"
    SEARCH_BEGIN = "search.begin"
    SEARCH_END = "search.end"
    SEARCH_REFUSE = "search.refuse"
    SEARCH_RENEW = "search.renew"
    SESSION_END = "session.end"
    SESSION_OPEN = "session.open"
    SESSION_REFUSE = "session.refuse"
    SHIFT_BEGIN = "shift.begin"
    SHIFT_END = "shift.end"
    SITE_REGISTER = "site.register"
    SITE_RELEASE = "site.release"
    SITE_STOP = "site.stop"
    VAULT_INVENTORY = "vault.inventory"
    VOLUNTEER_APPROVE = "volunteer.approve"
    VOLUNTEER_END = "volunteer.end"
    VOLUNTEER_ENROL = "volunteer.enrol"
    VOLUNTEER_LEASE = "volunteer.lease"
    VOLUNTEER_PROPOSE = "volunteer.propose"
    VOLUNTEER_REFUSE = "volunteer.refuse"
    VOLUNTEER_SEED = "volunteer.seed"
    VOLUNTEER_SIGHT = "volunteer.sight"
    VOLUNTEER_STOP = "volunteer.stop"
    VOLUNTEER_WITHDRAW = "volunteer.withdraw"
    WARRANT_APPROVE = "warrant.approve"
    WARRANT_ATTACH = "warrant.attach"
    WARRANT_DRAFT = "warrant.draft"
    WARRANT_EXPIRE = "warrant.expire"
    WARRANT_EXPORT = "warrant.export"
    WARRANT_IMPORT = "warrant.import"
    WARRANT_NARROW = "warrant.narrow"
    WARRANT_READ = "warrant.read"
    WARRANT_REDRAFT = "warrant.redraft"
    WARRANT_REFUSE = "warrant.refuse"
    WARRANT_REJECT = "warrant.reject"
    WARRANT_REVOKE = "warrant.revoke"
    WARRANT_SUBMIT = "warrant.submit"
    WARRANT_WITHDRAW = "warrant.withdraw"
    WATCHLIST_APPROVE = "watchlist.approve"
    WATCHLIST_BUILD = "watchlist.build"
    WATCHLIST_DESTROY = "watchlist.destroy"
    WATCHLIST_READ = "watchlist.read"
    WATCHLIST_REFUSE = "watchlist.refuse"
    WATCHLIST_REPORT = "watchlist.report"


SENTENCES: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.ACCOUNT_CONFIRM: "A second person confirmed an account, and was shown the code that opens it.",
        Event.ACCOUNT_CREATE: "An administrator proposed an account, or set-up made the first two.",
        Event.ACCOUNT_LOCK: "After failed log-ins an account began to make further ones wait.",
        Event.ACCOUNT_OPEN: "Whoever an account is for opened it, with a password that they alone know.",
        Event.ACCOUNT_WITHDRAW: "An account was withdrawn; it opens nothing from now on.",
        Event.BUDGET_APPROVE: "A budget of false alerts was approved for a warrant at a site.",
        Event.BUDGET_ASK: "A legal officer asked to let a stopped budget go on.",
        Event.BUDGET_RESUME: "A person of a second organisation let a stopped budget go on.",
        Event.BUDGET_STOP: "A budget of false alerts was used up; its deployment stopped.",
        Event.CAMERA_REGISTER: "A camera's record, signed by the region, was taken into the register.",
        Event.CANDIDATE_ACCEPT: "A candidate report was accepted and waits for two reviewers.",
        Event.CANDIDATE_DISMISS: "A candidate was dismissed: by reviewers, by time, or unseen (by its rule).",
        Event.CANDIDATE_ESCALATE: "A candidate waited: further reviewers (1) or a senior operator (2) are called.",
        Event.CANDIDATE_JOIN: "A further candidate inside the quiet time joined an earlier alert.",
        Event.CANDIDATE_REFUSE: "A candidate report was refused: no lease of ours stood behind it.",
        Event.CANDIDATE_REVIEW: "One reviewer decided, by a sealed answer.",
        Event.CANDIDATE_VIEW: "One reviewer asked to see one candidate; what follows was or may have been shown.",
        Event.CERTIFICATE_CONFIRM: "A second person put a reviewer's certificate in force.",
        Event.CERTIFICATE_PROPOSE: "A certificate was proposed for a reviewer.",
        Event.CHANGE_VOID: "A change that was announced was not carried out.",
        Event.COUNTS_ACCEPT: "A site's counts were taken in; they are numbered without a gap.",
        Event.DEPLOYMENT_END: "A deployment ended; it cannot begin again.",
        Event.DEPLOYMENT_RESUME: "A legal officer let a suspended deployment go on.",
        Event.DEPLOYMENT_START: "A warrant went into use.",
        Event.DEPLOYMENT_SUSPEND: "A deployment was stopped; sites are told at once, and no lease outlives a minute.",
        Event.DISCLOSURE_MAKE: "A file for the defence was handed out: what is kept of one lead.",
        Event.DOCUMENT_FILE: "The region handed in a document or the photograph of a sign for a camera.",
        Event.ERASURE_COMPLETE: "An object was erased: key, box and row.",
        Event.ERASURE_INTEND: "An object is about to be erased.",
        Event.EVALUATION_REPORT: "An evaluator's signed report on the model profile was laid before the authority.",
        Event.EVIDENCE_IMPORT: "Counts of incidents were taken in as evidence for the sites of the register.",
        Event.HAND_OFF_ACKNOWLEDGE: "A patrol took on a hand-off.",
        Event.HAND_OFF_CONCLUDE: "A patrol said what it found.",
        Event.HAND_OFF_CONFIRM: "A second person confirmed from the police's own report that an identity was right.",
        Event.HAND_OFF_LAPSE: "No outcome of a hand-off came in time; it counts as unknown.",
        Event.HAND_OFF_OPEN: "A patrol asked to see a hand-off; what follows was or may have been shown.",
        Event.HAND_OFF_RECALL: "A hand-off was recalled.",
        Event.HAND_OFF_SEND: "A confirmed lead was handed to a patrol.",
        Event.HAND_OFF_SHOW: "The one showing of a hand-off was used.",
        Event.HOLD_APPROVE: "One of two people approved a hold.",
        Event.HOLD_ASK: "Somebody asked that an object be kept beyond its end.",
        Event.HOLD_CLEAR: "A hold on erasure ended.",
        Event.HOLD_SET: "Erasure was put on hold, with a basis and an end.",
        Event.INCIDENT_REGISTER: "A serious incident was written into the register; its time to be reported runs.",
        Event.INCIDENT_REPORT: "It was entered that a serious incident was reported, and to whom.",
        Event.INTERVENTION_READ: "Somebody opened the sealed record of a wrong intervention.",
        Event.KEY_ROTATE: "The log got a new signing key; the old one signed it too.",
        Event.LEAD_CONFIRM: "Two people, separately, made a lead of a candidate.",
        Event.LEASE_ACKNOWLEDGE: "A site's matcher took a lease, and signed that it did.",
        Event.LEASE_END: "A lease ended at its site, by the site's signed receipt: how often was compared under it.",
        Event.LEASE_ISSUE: "A warrant was lent to one camera for at most a minute.",
        Event.LEASE_REFUSE: "A lease was refused, for another reason than the time before.",
        Event.LEASE_STOP: "A site was told to stop at once, before its lease's time was over.",
        Event.LOG_BEAT: "The system is alive; this is what its watched tables hold.",
        Event.LOG_BEGIN: "The server began.",
        Event.LOG_CLOSE: "This log was closed; another begins with its last checkpoint.",
        Event.LOG_FORK: "The log's key was compromised; what is not witnessed is not trusted.",
        Event.LOG_READ: "Somebody opened sealed parts of the log.",
        Event.LOG_STOP: "The server was stopped in good order.",
        Event.MODEL_ADMIT: "A signed evaluation that admits a model profile was taken in.",
        Event.MODEL_ANNOUNCE: "A model profile was announced to the public, threshold and all, before it is used.",
        Event.MODEL_ASK: "A legal officer asked to let a suspended model profile go on.",
        Event.MODEL_RESUME: "A person of a second organisation let a suspended model profile go on.",
        Event.MODEL_SUSPEND: "A model profile was suspended, by somebody's word or by a rule; nothing is lent with it.",
        Event.NOTIFICATION_ACKNOWLEDGE: "An authority signed that it was told of a use.",
        Event.NOTIFICATION_MINT: "A notification of a use was written to an authority.",
        Event.OBJECT_READ: "Sealed objects were opened for a step of a procedure.",
        Event.OPERATION_AGREE: "A person of a second organisation agreed to why a month was not as tested.",
        Event.OPERATION_EXPLAIN: "A legal officer said why a month of use was not as it was tested.",
        Event.PAPER_TAKE: "What an issuer, a second officer or the supervisor signed about a warrant was taken in.",
        Event.PASSWORD_CHANGE: "Somebody changed their own password; their sessions ended.",
        Event.RECORD_PUBLISH: "A record was published: of a deployment that ended, or of a year.",
        Event.RECORDS_CHANGE: "More rows of one change than fit into its own entry.",
        Event.RECORDS_EXPIRE: "Records whose time was over were removed.",
        Event.REFERENCE_CONFIRM: "A second person signed for a minor's slot; it is live from now on.",
        Event.REFERENCE_ENROL: "A person slot of a warrant was filled from a photograph that the issuer saw.",
        Event.REFERENCE_EXAMINE: "A photograph that the issuer saw was examined; nothing of it was kept.",
        Event.REPORT_MAKE: "A report that the law asks for was handed out.",
        Event.REQUEST_REFUSE: "Somebody asked for what the rules refuse.",
        Event.RIGHTS_ANSWER: "A request at the rights desk was answered, and closed.",
        Event.RIGHTS_EXTEND: "The time of a request at the rights desk was extended, once and with a reason.",
        Event.RIGHTS_REGISTER: "Somebody's request or complaint was registered at the rights desk; its time runs.",
        Event.SEARCH_APPROVE: "A legal officer let one recording be searched, once.",
        Event.SEARCH_ASK: "Somebody asked to have one recording searched under a post-remote warrant.",
        Event.SEARCH_BEGIN: "The search of one recording was ordered; nothing of it had been looked at before.",
        Event.SEARCH_END: "The search of a recording ended, by the site's signed receipt: frames, faces, candidates.",
        Event.SEARCH_REFUSE: "A rule refused the search of a recording.",
        Event.SEARCH_RENEW: "The order to search a recording was renewed for a minute, all conditions asked anew.",
        Event.SESSION_END: "Somebody logged out.",
        Event.SESSION_OPEN: "Somebody logged in.",
        Event.SESSION_REFUSE: "A log-in failed.",
        Event.SHIFT_BEGIN: "A reviewer came on shift.",
        Event.SHIFT_END: "A reviewer went off shift.",
        Event.SITE_REGISTER: "A site was taken into the register.",
        Event.SITE_RELEASE: "A legal officer let a site go on after a stop that was pressed there.",
        Event.SITE_STOP: "Somebody pressed stop at a site; whoever may, without a log-in.",
        Event.VAULT_INVENTORY: "The key vault's inventory of the day.",
        Event.VOLUNTEER_APPROVE: "A second person let volunteers be looked for, on a closed site or inside a warrant.",
        Event.VOLUNTEER_END: "A volunteers' run ended: passes were counted, and everybody on its list forgotten.",
        Event.VOLUNTEER_ENROL: "A volunteer's photograph became a sealed template, for one run at one site.",
        Event.VOLUNTEER_LEASE: "A volunteers' run was lent to one camera, for a minute at most.",
        Event.VOLUNTEER_PROPOSE: "Somebody proposed a volunteers' run, with the consents that its trustee signed.",
        Event.VOLUNTEER_REFUSE: "A rule refused something about a volunteers' run.",
        Event.VOLUNTEER_SEED: "A volunteer's pass was announced, before it was made.",
        Event.VOLUNTEER_SIGHT: "A site told when it saw volunteers; of what was not announced a number is kept.",
        Event.VOLUNTEER_STOP: "A volunteers' run that is lent to a camera is to be stopped there at once.",
        Event.VOLUNTEER_WITHDRAW: "A volunteer withdrew: nobody looks for them, and what was kept of them is gone.",
        Event.WARRANT_APPROVE: "A legal officer approved an application.",
        Event.WARRANT_ATTACH: "The reasoned decision was attached to an application.",
        Event.WARRANT_DRAFT: "An application for a warrant was drafted.",
        Event.WARRANT_EXPIRE: "A warrant ran out.",
        Event.WARRANT_EXPORT: "An approved application was taken out for the issuer to sign.",
        Event.WARRANT_IMPORT: "A warrant came back signed by its issuer.",
        Event.WARRANT_NARROW: "One person slot or camera was taken from an issued warrant, for good.",
        Event.WARRANT_READ: "Somebody read what a warrant says of a person.",
        Event.WARRANT_REDRAFT: "An applicant changed a draft; what it said before is erased.",
        Event.WARRANT_REFUSE: "An application was refused by a rule.",
        Event.WARRANT_REJECT: "A legal officer refused an application, or the issuer rejected an urgent warrant (A8).",
        Event.WARRANT_REVOKE: "A warrant was revoked.",
        Event.WARRANT_SUBMIT: "An application was submitted.",
        Event.WARRANT_WITHDRAW: "An applicant took an application back; what it said is erased.",
        Event.WATCHLIST_APPROVE: "A legal officer approved a warrant's list, after the report on it.",
        Event.WATCHLIST_BUILD: "A deployment's list was built for one site; it is over within a day.",
        Event.WATCHLIST_DESTROY: "Lists of a deployment ended: replaced, or the deployment is over.",
        Event.WATCHLIST_READ: "A legal officer read the report on a list.",
        Event.WATCHLIST_REFUSE: "A rule kept somebody off a list that was built.",
        Event.WATCHLIST_REPORT: "The references of a list were compared with one another, before its approval.",
    }
)
