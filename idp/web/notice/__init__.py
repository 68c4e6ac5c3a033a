"""The pages behind the links of notices: what a link will do, and that it was done.

Public name: `notice`.
"""

from idp.web.notice.views import notice

__all__ = ["notice"]
