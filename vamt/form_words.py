"""What stands around the fields of a form, in more languages than the pages speak.

Whoever fills in a form in Turkish shall not read in German what is wrong with it. The pages'
languages come from the gettext catalogues like all else; these are the others in which the shipped
services are complete.
"""

from vamt import forms
from vamt.coform import CONFLICT
from vamt.errors import N_
from vamt.i18n import Language

YES_NO = (
    (
        "yes",
        {"de": "Ja", "en": "Yes", "fr": "Oui", "tr": "Evet", "uk": "Так", "ar": "نعم"},
    ),
    (
        "no",
        {"de": "Nein", "en": "No", "fr": "Non", "tr": "Hayır", "uk": "Ні", "ar": "لا"},
    ),
)

MESSAGES = {
    **forms.WORDS,
    CONFLICT: N_("You have both written something here. Which one is right?"),
    "optional": N_("(optional)"),
    "choose": N_("Please choose"),
    "take": N_("Take over"),
    "take_all": N_("Take over all"),
    "booking": N_("Given before the visit"),
    "document": N_("From the document"),
    "mine": N_("From you"),
    "theirs": N_("From the other side"),
    "here": N_("is here"),
    "look": N_("Please look here."),
    "done": N_("The form is finished. Thank you."),
    "title": N_("Form"),
    "back": N_("Back to the conversation"),
    "intro": N_("Your clerk sees what you write, and writes here as well."),
}

OTHERS = {
    "fr": {
        "missing": "Veuillez remplir ce champ.",
        "date": "Veuillez saisir une date.",
        "choice": "Veuillez choisir une des possibilités.",
        "number": "Veuillez saisir un nombre.",
        "email": "Veuillez saisir une adresse e-mail, par exemple nom@example.org.",
        "phone": "Veuillez saisir un numéro de téléphone avec l’indicatif.",
        "postcode": "Veuillez saisir les cinq chiffres du code postal.",
        "iban": "Ce n’est pas un IBAN. Comparez-le avec votre carte bancaire.",
        "too_long": "C’est trop long (%(limit)s caractères au plus).",
        "unstorable": "Ceci contient des caractères qui ne peuvent pas être enregistrés.",
        "conflict": "Vous avez écrit tous les deux ici. Lequel est juste ?",
        "optional": "(facultatif)",
        "choose": "Veuillez choisir",
        "take": "Reprendre",
        "take_all": "Tout reprendre",
        "booking": "D’après vos indications",
        "document": "D’après la pièce d’identité",
        "mine": "De vous",
        "theirs": "De l’autre personne",
        "here": "est ici",
        "look": "Regardez ici, s’il vous plaît.",
        "done": "Le formulaire est terminé. Merci.",
        "title": "Formulaire",
        "back": "Retour à l’entretien",
        "intro": "Votre interlocutrice voit ce que vous écrivez, et écrit ici aussi.",
    },
    "tr": {
        "missing": "Lütfen burayı doldurun.",
        "date": "Lütfen bir tarih girin.",
        "choice": "Lütfen seçeneklerden birini seçin.",
        "number": "Lütfen bir sayı girin.",
        "email": "Lütfen bir e-posta adresi girin, örneğin ad@example.org.",
        "phone": "Lütfen alan koduyla birlikte bir telefon numarası girin.",
        "postcode": "Lütfen posta kodunun beş rakamını girin.",
        "iban": "Bu bir IBAN değil. Lütfen banka kartınızla karşılaştırın.",
        "too_long": "Bu çok uzun (en fazla %(limit)s karakter).",
        "unstorable": "Burada kaydedilemeyen karakterler var.",
        "conflict": "Buraya ikiniz de yazdınız. Hangisi doğru?",
        "optional": "(isteğe bağlı)",
        "choose": "Lütfen seçin",
        "take": "Al",
        "take_all": "Hepsini al",
        "booking": "Verdiğiniz bilgilerden",
        "document": "Kimlik belgesinden",
        "mine": "Sizden",
        "theirs": "Karşı taraftan",
        "here": "burada",
        "look": "Lütfen buraya bakın.",
        "done": "Form tamamlandı. Teşekkürler.",
        "title": "Form",
        "back": "Görüşmeye dön",
        "intro": "Görevli yazdıklarınızı görür ve buraya kendisi de yazar.",
    },
    "uk": {
        "missing": "Будь ласка, заповніть це поле.",
        "date": "Будь ласка, вкажіть дату.",
        "choice": "Будь ласка, виберіть один із варіантів.",
        "number": "Будь ласка, вкажіть число.",
        "email": "Будь ласка, вкажіть адресу електронної пошти, наприклад name@example.org.",
        "phone": "Будь ласка, вкажіть номер телефону з кодом міста.",
        "postcode": "Будь ласка, вкажіть п’ять цифр поштового індексу.",
        "iban": "Це не IBAN. Порівняйте його з вашою банківською карткою.",
        "too_long": "Занадто довго (не більше %(limit)s символів).",
        "unstorable": "Тут є символи, які неможливо зберегти.",
        "conflict": "Ви обоє щось тут написали. Що правильно?",
        "optional": "(необов’язково)",
        "choose": "Будь ласка, виберіть",
        "take": "Узяти",
        "take_all": "Узяти все",
        "booking": "З ваших даних",
        "document": "З документа",
        "mine": "Від вас",
        "theirs": "Від іншої сторони",
        "here": "зараз тут",
        "look": "Подивіться, будь ласка, сюди.",
        "done": "Формуляр заповнено. Дякуємо.",
        "title": "Формуляр",
        "back": "Назад до розмови",
        "intro": "Працівник бачить, що ви пишете, і сам теж пише тут.",
    },
    "ar": {
        "missing": "يرجى ملء هذا الحقل.",
        "date": "يرجى إدخال تاريخ.",
        "choice": "يرجى اختيار أحد الخيارات.",
        "number": "يرجى إدخال رقم.",
        "email": "يرجى إدخال عنوان بريد إلكتروني، مثلًا name@example.org.",
        "phone": "يرجى إدخال رقم هاتف مع رمز المنطقة.",
        "postcode": "يرجى إدخال الأرقام الخمسة للرمز البريدي.",
        "iban": "هذا ليس رقم IBAN. يرجى مقارنته ببطاقتكم البنكية.",
        "too_long": "النص طويل جدًا (%(limit)s حرفًا على الأكثر).",
        "unstorable": "يحتوي النص على رموز لا يمكن حفظها.",
        "conflict": "كتبتم كلاكما شيئًا هنا. أيهما صحيح؟",
        "optional": "(اختياري)",
        "choose": "يرجى الاختيار",
        "take": "استخدام",
        "take_all": "استخدام الكل",
        "booking": "من بياناتكم",
        "document": "من وثيقة الهوية",
        "mine": "منكم",
        "theirs": "من الطرف الآخر",
        "here": "هنا الآن",
        "look": "يرجى النظر هنا.",
        "done": "اكتملت الاستمارة. شكرًا لكم.",
        "title": "الاستمارة",
        "back": "العودة إلى المحادثة",
        "intro": "يرى الموظف ما تكتبونه ويكتب هنا أيضًا.",
    },
}


def words_for(code: str, page: Language) -> dict[str, str]:
    """The words in the language `code`; those of the page's where there are no others."""
    others = OTHERS.get(code, {})
    limit = {"limit": forms.VALUE_LENGTH}
    return {
        key: others[key] % limit if key in others else page.text(msgid, limit)
        for key, msgid in MESSAGES.items()
    }
