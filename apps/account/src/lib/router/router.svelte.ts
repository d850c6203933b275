import { findRoutedAddress } from './link-click.ts';
import { isOurs } from './routes.ts';

/** What goes along with an address and survives a reload, but is in no URL and in no log. */
export interface NavigationState {
  readonly email?: string;
}

interface RouteLocation {
  readonly path: string;
  readonly search: string;
  readonly state: NavigationState;
}

/** The current address, on the history API. Links are plain `<a href>`; back and forward work. */
class Router {
  #location = $state.raw(readLocation());
  /** False until the first move: a page that was just loaded leaves the focus where the browser put it. */
  hasMoved = false;
  #question: string | null = null;

  get location(): RouteLocation {
    return this.#location;
  }

  /** Goes to an address, as a link does. */
  go(address: string, state: NavigationState = {}): void {
    history.pushState(state, '', address);
    this.#arrive();
    scrollTo(0, 0);
  }

  /** Goes to an address without a step in the history, so that "back" doesn't lead into a redirect. */
  replace(address: string, state: NavigationState = {}): void {
    history.replaceState(state, '', address);
    this.#arrive();
  }

  /**
   * Asks before the page is left by a link, the back button or a reload, until the returned function is
   * called. Before a reload the browser asks in its own words.
   */
  askBeforeLeaving(question: string): () => void {
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', onUnload);
    this.#question = question;
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      this.#question = null;
    };
  }

  /** Follows links and the back button from now on. Returns how to stop. */
  start(): () => void {
    const onClick = (event: MouseEvent) => this.#followLink(event);
    const onMove = () => this.#followHistory();
    document.addEventListener('click', onClick);
    window.addEventListener('popstate', onMove);
    return () => {
      document.removeEventListener('click', onClick);
      window.removeEventListener('popstate', onMove);
    };
  }

  #followLink(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link) return;
    const address = findRoutedAddress(
      event,
      { href: link.href, target: link.target, isDownload: link.hasAttribute('download') },
      { origin: location.origin, isOurs },
    );
    if (address === undefined) return;
    event.preventDefault();
    if (this.#mayLeave()) this.go(address);
  }

  #followHistory(): void {
    if (this.#mayLeave()) {
      this.#arrive();
      return;
    }
    // The browser has gone there already: bring it back to the page that stayed.
    const { path, search, state } = this.#location;
    history.pushState(state, '', `${path}${search}`);
  }

  #mayLeave(): boolean {
    return this.#question === null || confirm(this.#question);
  }

  #arrive(): void {
    this.hasMoved = true;
    this.#location = readLocation();
  }
}

function readLocation(): RouteLocation {
  return {
    path: location.pathname,
    search: location.search,
    state: readState(history.state),
  };
}

function readState(state: unknown): NavigationState {
  if (typeof state !== 'object' || state === null || !('email' in state)) return {};
  return typeof state.email === 'string' ? { email: state.email } : {};
}

/** The one of this tab. */
export const router = new Router();
