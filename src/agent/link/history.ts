import type { LinkObserver } from "../../link/supervisor.ts";
import type { History } from "../../observe/history.ts";

/** Keeps what the link tells, for whoever asks how it came to this. */
export function remembering(observer: LinkObserver, history: History): LinkObserver {
  return {
    ...observer,
    stateChanged(state) {
      history.add({ state });
      observer.stateChanged(state);
    },
    failed(failure) {
      const { class: failureClass, reason, message } = failure;
      history.add({ failure: failureClass, reason, message });
      observer.failed(failure);
    },
  };
}
