"""Contexts: every account that was found, what is known of it, where each value came from, and the way into it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from tui.contexts import Catalog, Context
from tui.entities.endpoint import Endpoint
from tui.errors import UserError
from tui.operations.capabilities import Capabilities
from tui.operations.connect import Accounts

from ..jobs import HELP
from ..render import context_rows
from ..render.glyphs import glyphs_of
from ..render.line import Line, Span, gap
from ..render.source import Rows
from ..widgets.breadcrumb import Breadcrumb
from ..widgets.footer import Footer
from ..widgets.header import Header
from ..widgets.line_view import GUTTER, LineView
from ..widgets.screen_lines import ScreenLines
from ..widgets.title_line import TitleLine
from .copies import Copyable, Savable, copies_of_account, files_of_account, plain
from .copying import COPY, SAVE, Copying
from .guarding import Guarding

if TYPE_CHECKING:
    from tui.operations import Operations


class ContextsScreen(Copying, Screen[str | None]):
    """Dismisses with the name of the context to open, or `None`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "switch", "switch to it", id="contexts.open", tooltip="open this context"),
        Binding("R", "lock", "read-only on, off", id="contexts.lock", tooltip="lock the open context, or unlock it"),
        Binding("V", "reveal", "show key", id="contexts.reveal", tooltip="show or hide the key"),
        Binding("t", "test", "test link", id="contexts.test", tooltip="ask the platform whether it takes the key"),
        COPY,
        SAVE,
        Binding("ctrl+r", "reload", "refresh", show=False, id="contexts.reload", tooltip="read all files again"),
        HELP,
        Binding("escape,q", "back", "back", id="contexts.back", tooltip="back to where you came from"),
    ]

    def __init__(self, accounts: Accounts, main: Guarding) -> None:
        super().__init__()
        self._accounts = accounts
        self._main = main
        self._catalog: Catalog | None = None
        self._in_use = ""
        self._revealed = False
        self._tested: dict[str, Line] = {}
        self._capabilities: Capabilities | None = None

    def compose(self) -> ComposeResult:
        yield Header()
        yield Breadcrumb()
        with Vertical(classes="contexts"):
            yield TitleLine("Contexts", number=1, id="contexts-title")
            yield ScreenLines(id="contexts-list", empty=((Span("reading files", "faint"),),))
            yield TitleLine("Context", number=2, id="context-title")
            yield LineView(id="context-facts", cursor=False)
            yield TitleLine("Where each value came from", number=3, id="sources-title")
            yield LineView(id="context-sources", cursor=False)
        yield Footer()

    def on_mount(self) -> None:
        self.query_one(Breadcrumb).show([(Span("Contexts", "foreground bold"),)])
        self.query_one("#contexts-title", TitleLine).show(focused=True)
        self._list.focus()
        self.action_reload()
        if (operations := self._operations) is not None and self._main.is_attached:
            ask = operations.capabilities
            self.start_job(ask, then=self._show_capabilities, failed=lambda _: None, group="probe", latest_only=True)

    @property
    def _list(self) -> LineView:
        return self.query_one("#contexts-list", LineView)

    @property
    def _operations(self) -> Operations | None:
        return self._main.operations

    @property
    def selected(self) -> Context | None:
        """The one under the cursor."""
        name = self._list.cursor_id
        return None if self._catalog is None or not isinstance(name, str) else self._catalog.find(name)

    # Showing

    def action_reload(self) -> None:
        self._catalog = catalog = self._accounts.catalog()
        operations = self._operations
        try:
            self._in_use = self._accounts.choice(catalog).context.name
        except UserError as error:
            self._in_use = "" if operations is None else operations.endpoint.context
            self.say_error(error)
        rows = Rows(catalog.contexts, key=lambda context: context.name, draw=self._row)
        self._list.show(rows, cursor=self._list.cursor_id or self._in_use)
        self.query_one("#contexts-title", TitleLine).show(state=(Span(str(len(catalog.contexts)), "muted"),))
        self._show_selected()

    def _row(self, context: Context, width: int) -> Line:
        in_use = context.name == self._in_use
        return context_rows.row(context, width, glyphs_of(self), in_use=in_use, locked=self._is_locked(context))

    def _is_locked(self, context: Context) -> bool:
        operations = self._operations
        if context.name == self._in_use and operations is not None:
            return operations.endpoint.read_only
        return self._accounts.read_only or (context.endpoint is not None and context.endpoint.read_only)

    def _show_capabilities(self, capabilities: Capabilities) -> None:
        self._capabilities = capabilities
        self._show_selected()

    @on(LineView.Moved, "#contexts-list")
    def _moved(self) -> None:
        self._revealed = False
        self._show_selected()

    def _show_selected(self) -> None:
        context, catalog = self.selected, self._catalog
        if context is None or catalog is None:
            return
        in_use = context.name == self._in_use
        locked, glyphs = self._is_locked(context), glyphs_of(self)
        chips: list[Span] = []
        if context.endpoint is not None and context.endpoint.production:
            chips += [Span(" PROD ", "chip-error bold"), gap(1)]
        if locked:
            chips.append(Span(f"{glyphs.locked} read-only", "warning"))
        word = "in use" if in_use else "not in use"
        self.query_one("#context-title", TitleLine).show(name=context.name, state=chips, detail=(Span(word, "muted"),))
        shown = self._as_opened(context) if in_use else context
        lines = context_rows.facts(
            shown,
            revealed=self._revealed,
            locked=locked,
            fixed=self._accounts.read_only,
            tested=self._tested.get(context.name, ()),
        )
        if in_use and self._capabilities is not None:
            lines += context_rows.capability_lines(self._capabilities)
        width = max(20, self.size.width - GUTTER - 1)
        facts = [piece for line in lines for piece in context_rows.wrapped(line, width)]
        self.query_one("#context-facts", LineView).show_lines(facts)
        told = context_rows.sources(context, glyphs, catalog.problems, width=width)
        if context.is_local:
            told = context_rows.local_sources(self._accounts.settings.runtime.data_dir, glyphs, width=width) + told
        self.query_one("#context-sources", LineView).show_lines(told)
        self.refresh_bindings()

    def _as_opened(self, context: Context) -> Context:
        """With the address that only the connection could tell."""
        operations = self._operations
        if operations is None or not context.is_local:
            return context
        return Context(name="", endpoint=operations.endpoint)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_selected)

    # Doing

    def _endpoint_of_selected(self) -> Endpoint | None:
        context = self.selected
        return None if context is None else self._as_opened(context).endpoint

    def copy_title(self) -> str:
        return "" if self.selected is None else self.selected.name

    def copies(self) -> list[Copyable]:
        endpoint = self._endpoint_of_selected()
        return [plain("name", self.copy_title())] if endpoint is None else copies_of_account(endpoint)

    def files(self) -> list[Savable]:
        endpoint = self._endpoint_of_selected()
        return [] if endpoint is None else files_of_account(endpoint)

    @on(LineView.Chosen, "#contexts-list")
    def action_switch(self) -> None:
        context = self.selected
        if context is None:
            return
        if context.problem is not None:
            self.say(context.problem, "error")
        elif context.name == self._in_use:
            self.dismiss(None)
        else:
            self.dismiss(context.name)

    def action_lock(self) -> None:
        context = self.selected
        if context is not None and context.name != self._in_use:
            self.say("only the open context can be locked here; read_only in the settings locks any", "warning")
        else:
            self._main.action_lock()
            self._show_selected()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._catalog is not None:  # a question was answered
            self._list.redraw()
            self._show_selected()

    def action_reveal(self) -> None:
        self._revealed = not self._revealed
        self._show_selected()

    def action_test(self) -> None:
        if (context := self.selected) is None:
            return
        name = context.name
        self._note_test(name, (Span("asking", "muted"),))
        self.start_job(
            partial(self._accounts.test, name),
            then=lambda namespace: self._note_test(
                name, (Span(f"{glyphs_of(self).success} ", "success"), Span(f"opens the namespace {namespace}"))
            ),
            failed=lambda error: self._note_test(name, (Span(error.message, "error"),)),
            group="test the link",
            latest_only=True,
        )

    def _note_test(self, name: str, said: Line) -> None:
        self._tested[name] = said
        self._show_selected()

    def action_back(self) -> None:
        self.dismiss(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("test", "reveal") and self.is_mounted:
            return True if self.reason_disabled(action) is None else None
        return super().check_action(action, parameters)

    def reason_disabled(self, action: str) -> str | None:
        context = self.selected
        if action in ("test", "reveal") and (context is None or context.endpoint is None):
            return "the local runtime has its key in its data folder"
        return super().reason_disabled(action)
