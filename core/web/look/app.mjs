// Every page works without this file; it only makes some things quicker or kinder.
import { createAll } from 'govuk-frontend/dist/govuk/init.mjs'
import { CharacterCount } from 'govuk-frontend/dist/govuk/components/character-count/character-count.mjs'
import { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
import { guardForms } from './forms.mjs'
import { readyToLeave } from './leave.mjs'
import { sendWithProgress } from './upload.mjs'

readyToLeave()
document.body.classList.add('js-enabled', 'govuk-frontend-supported')

/** Give one part of the page its behaviours; called again when an upload's answer replaces the main part. */
function enliven (scope) {
  createAll(ErrorSummary, undefined, { scope })
  createAll(CharacterCount, undefined, { scope })
  for (const form of scope.querySelectorAll('form[data-upload-progress]')) sendWithProgress(form, enliven)
  for (const button of scope.querySelectorAll('[data-print]')) {
    button.hidden = false
    button.addEventListener('click', () => window.print())
  }
}

guardForms()
enliven(document)
