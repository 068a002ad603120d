// Says in a sentence why a passkey did not work; the library itself only writes to the console.

const trouble = document.getElementById("passkey-trouble");

document.addEventListener("allauth.error", (event) => {
  if (!trouble) return;
  event.preventDefault();
  const name = event.detail?.exception?.name;
  const cannot = !window.PublicKeyCredential || name === "NotSupportedError" || name === "SecurityError";
  trouble.textContent = cannot ? trouble.dataset.unsupported : trouble.dataset.cancelled;
  trouble.hidden = false;
});
