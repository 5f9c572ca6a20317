// One sentence for each thing that can be made to go wrong.
import { lang } from "./texts.js";

const ES = {
  duplicate: ["Duplicar", "Cada webhook llega varias veces a la vez."],
  reorder: ["Desordenar", "Los webhooks llegan en otro orden que el de los hechos."],
  delay: ["Retrasar", "Los webhooks salen más tarde."],
  drop: ["Perder", "Los webhooks no llegan."],
  forge: ["Falsificar", "Llega un webhook con firma falsa."],
  truncate: ["Cortar el cuerpo", "El cuerpo del webhook llega a medias."],
  flood: ["Límite de frecuencia", "Responde «demasiadas peticiones» y pide esperar."],
  error: ["Error sin hacer", "Responde con error y no hace nada."],
  error_after: ["Error después de hacer", "Lo hace, pero responde con error."],
  drop_before: ["Cortar antes", "Corta la conexión sin hacer nada."],
  drop_after: ["Cortar después", "Lo hace y corta la conexión sin responder."],
  slow: ["Lentitud", "Tarda en responder."],
  hold_before: ["Retener antes", "Guarda la llamada sin hacerla, hasta soltarla."],
  hold_after: ["Retener después", "La hace y guarda la respuesta, hasta soltarla."],
  garbage: ["Basura", "Responde algo que no se entiende."],
  channels_too_much: ["Demasiados canales", "La cuenta ya tiene todos los canales que puede."],
  auth_lost: ["Sesión perdida", "La cuenta deja de estar autorizada."],
  restricted: ["Cuenta restringida", "La cuenta está limitada por spam."],
};
const EN = {
  duplicate: ["Duplicate", "Each webhook arrives several times at once."],
  reorder: ["Reorder", "Webhooks arrive in another order than things happened."],
  delay: ["Delay", "Webhooks leave later."],
  drop: ["Drop", "Webhooks do not arrive."],
  forge: ["Forge", "A webhook with a false signature arrives."],
  truncate: ["Cut the body", "Half of the webhook's body arrives."],
  flood: ["Rate limit", "Answers “too many requests” and asks to wait."],
  error: ["Error, not done", "Answers with an error and does nothing."],
  error_after: ["Error, but done", "Does it, then answers with an error."],
  drop_before: ["Cut before", "Cuts the connection and does nothing."],
  drop_after: ["Cut after", "Does it and cuts the connection without an answer."],
  slow: ["Slow", "Takes its time to answer."],
  hold_before: ["Hold before", "Keeps the call undone until released."],
  hold_after: ["Hold after", "Does it and keeps the answer until released."],
  garbage: ["Garbage", "Answers something that makes no sense."],
  channels_too_much: ["Too many channels", "The account has as many channels as it may."],
  auth_lost: ["Session lost", "The account is no longer authorised."],
  restricted: ["Account restricted", "The account is limited for spam."],
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
