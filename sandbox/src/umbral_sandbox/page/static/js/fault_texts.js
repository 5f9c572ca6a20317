// One sentence for each thing that can be made to go wrong.
import { lang } from "./texts.js";

const ES = {
  duplicate: ["Duplicar", "Cada webhook llega varias veces a la vez."],
  reorder: ["Desordenar", "Los webhooks llegan en un orden distinto al de los hechos."],
  delay: ["Retrasar", "Los webhooks se envían con retraso."],
  drop: ["Perder", "Los webhooks no llegan."],
  forge: ["Falsificar", "Llega un webhook con la firma falsificada."],
  truncate: ["Cortar el cuerpo", "El cuerpo del webhook llega incompleto."],
  flood: ["Límite de frecuencia", "Responde «demasiadas peticiones» e indica cuánto hay que esperar."],
  error: ["Error sin ejecutar", "Responde con un error y no ejecuta la llamada."],
  error_after: ["Error después de ejecutar", "Ejecuta la llamada, pero responde con un error."],
  drop_before: ["Cortar antes", "Corta la conexión sin ejecutar la llamada."],
  drop_after: ["Cortar después", "Ejecuta la llamada y corta la conexión sin responder."],
  slow: ["Lentitud", "Tarda en responder."],
  hold_before: ["Retener antes", "Retiene la llamada hasta que la liberes; solo entonces se ejecuta."],
  hold_after: ["Retener después", "Ejecuta la llamada y retiene la respuesta hasta que la liberes."],
  garbage: ["Basura", "Responde con algo ilegible."],
  channels_too_much: ["Demasiados canales", "La cuenta ha alcanzado su límite de canales."],
  auth_lost: ["Sesión perdida", "La cuenta ya no está autorizada."],
  restricted: ["Cuenta restringida", "La cuenta está limitada por spam."],
};
const EN = {
  duplicate: ["Duplicate", "Each webhook arrives several times at once."],
  reorder: ["Reorder", "Webhooks arrive in a different order from the events."],
  delay: ["Delay", "Webhooks are sent late."],
  drop: ["Drop", "Webhooks do not arrive."],
  forge: ["Forge", "A webhook with a forged signature arrives."],
  truncate: ["Cut the body", "Only a part of the webhook's body arrives."],
  flood: ["Rate limit", "Responds with “too many requests” and a waiting time."],
  error: ["Error, not executed", "Responds with an error and doesn't execute the call."],
  error_after: ["Error, but executed", "Executes the call, then responds with an error."],
  drop_before: ["Cut before", "Closes the connection without executing the call."],
  drop_after: ["Cut after", "Executes the call and closes the connection without a response."],
  slow: ["Slow", "Responds late."],
  hold_before: ["Hold before", "Holds the call until you release it; only then is it executed."],
  hold_after: ["Hold after", "Executes the call and holds the response until you release it."],
  garbage: ["Garbage", "Responds with something unreadable."],
  channels_too_much: ["Too many channels", "The account has reached its channel limit."],
  auth_lost: ["Session lost", "The account is no longer authorized."],
  restricted: ["Account restricted", "The account is restricted for spam."],
};
const PT = {
  duplicate: ["Duplicar", "Cada webhook chega várias vezes ao mesmo tempo."],
  reorder: ["Desordenar", "Os webhooks chegam por outra ordem que a dos factos."],
  delay: ["Atrasar", "Os webhooks saem mais tarde."],
  drop: ["Perder", "Os webhooks não chegam."],
  forge: ["Falsificar", "Chega um webhook com uma assinatura falsa."],
  truncate: ["Cortar o corpo", "O corpo do webhook chega a meio."],
  flood: ["Limite de frequência", "Responde «demasiados pedidos» e pede para esperar."],
  error: ["Erro sem fazer", "Responde com um erro e não faz nada."],
  error_after: ["Erro depois de fazer", "Faz, mas responde com um erro."],
  drop_before: ["Cortar antes", "Corta a ligação sem fazer nada."],
  drop_after: ["Cortar depois", "Faz e corta a ligação sem responder."],
  slow: ["Lentidão", "Demora a responder."],
  hold_before: ["Reter antes", "Guarda a chamada sem a fazer, até ser solta."],
  hold_after: ["Reter depois", "Faz e guarda a resposta, até ser solta."],
  garbage: ["Lixo", "Responde algo que não se entende."],
  channels_too_much: ["Canais a mais", "A conta já tem todos os canais que pode."],
  auth_lost: ["Sessão perdida", "A conta deixa de estar autorizada."],
  restricted: ["Conta restringida", "A conta está limitada por spam."],
};
const TEXTS = { es: ES, en: EN, pt: PT };

/** Return [name, description] of a fault. */
export const faultText = (kind) => TEXTS[lang][kind] ?? [kind, ""];
